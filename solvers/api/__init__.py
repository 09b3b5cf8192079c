"""The public functions: they validate once, at the border, and hand over to the loop."""
