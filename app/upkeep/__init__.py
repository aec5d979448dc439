"""Floor 5: what the record does by itself as time passes, built from the interactions below. It
knows no operation, and no operation knows it."""
