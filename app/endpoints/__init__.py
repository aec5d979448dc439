"""Floor 6: HTTP in, HTTP out. No rules live here."""
