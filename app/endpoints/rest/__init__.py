"""The plain API under /api: JSON in plain words, for systems that need not know FHIR.

Floor 6. HTTP in, HTTP out, and no rules: every deed enters by `app.interactions.perform`, as it
does at the FHIR door, and what is said is mapped by `app.what_matters.mapping`.
"""
