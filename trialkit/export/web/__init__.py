"""Pages for a browser: one file each, complete in themselves, that fetch nothing and work without a network."""
