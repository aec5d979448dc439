"""Floor 2, the memory: PostgreSQL, and the one clause that says which rows a caller may see."""
