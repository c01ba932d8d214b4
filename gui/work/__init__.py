"""Work beside the event loop, and signals of the process."""
