"""Parts of plots: axes, legend, labels."""
