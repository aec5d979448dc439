"""Tests of what stands in fhir_profiles/: the cast and the profiles."""
