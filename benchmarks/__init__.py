"""Speed and size against peers and physical limits, measured in the same run: `python -m benchmarks`."""
