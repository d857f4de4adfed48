"""A form on the screen: what stands and what is typed, drawn item by item, saved with its reasons."""
