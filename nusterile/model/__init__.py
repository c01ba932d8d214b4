"""The model: a configuration, what it predicts, how it is fitted, what in it is doubtful."""
