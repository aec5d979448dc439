"""Between the plain words of the API and FHIR, both ways and without loss.

Floor 2. Pure: it reads and makes trees, and knows neither HTTP nor the store. `parts` says how one
element has a plain word, `kind` how a whole entry is shown, made and changed.
"""
