"""The parts of the change log's page: entries found, patterns surfaced, two moments compared, the proof."""
