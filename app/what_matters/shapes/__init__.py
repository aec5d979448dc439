"""The entries of the plain API, one class for each kind: what may be said, and where FHIR keeps it.

Floor 2. Each field carries its type for who sends it and, beside it, its part of the resource
(`app.what_matters.mapping.parts`), so that the two cannot drift apart.
"""
