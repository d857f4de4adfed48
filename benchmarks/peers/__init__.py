"""The same 30-item save, written as each peer's documentation writes it."""
