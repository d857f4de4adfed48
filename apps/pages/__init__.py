"""One file a page: draw, one conduct call, draw again."""
