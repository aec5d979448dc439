"""Floor 1, the language: FHIR R4 as pure functions. No HTTP, no database, no clock."""
