"""trialkit: schema-defined case report forms, an audited store, and exports that prove themselves."""

__version__ = "0.1.0"
