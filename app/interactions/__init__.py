"""Floor 4: the FHIR interactions, one file a verb; `perform` is the one way in."""
