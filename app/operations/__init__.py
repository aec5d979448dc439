"""Floor 5: one file per FHIR `$operation`, built from the interactions below."""

from app.operations.everything import everything

OPERATIONS = {"everything": everything}
