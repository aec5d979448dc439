"""What `serve --demo` shows: the addresses, how to get a token, and five lines to paste."""

from app.settings import Settings

PERSON = "tamsin-pender"


def tour(settings: Settings) -> str:
    """The tour, for the address this record is served at."""
    base = settings.fhir_base
    return f"""
What Matters is at {settings.base_url}   (stop it with Ctrl-C; the database: make stop)

  FHIR R4        {base}            what it can do: {base}/metadata
  Health         {settings.base_url}/health/ready    figures: {settings.base_url}/metrics

Tokens: .venv/bin/whatmatters token CLIENT, where CLIENT is gp-surgery, acute-trust,
community-trust,
council-care, harbour-befriending, open-door-housing, stranger-clinic, analyst, privacy-officer,
admin,
or person:9990000018. Paste these into another shell, in this folder:

TOKEN=$(.venv/bin/whatmatters token gp-surgery)
curl -s -H "Authorization: Bearer $TOKEN" '{base}/Patient?identifier=9990000018&_pretty=true'
curl -s -H "Authorization: Bearer $TOKEN"
'{base}/Goal?patient=Patient/{PERSON}&_elements=description&_pretty=true'
curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/fhir+json'
'{base}/Goal?_pretty=true' -d
'{{"resourceType":"Goal","lifecycleStatus":"active","description":{{"text":"I want to hear the sea
from my own bed
again"}},"subject":{{"reference":"Patient/{PERSON}"}},"expressedBy":{{"reference":"Patient/{PERSON}"}},"startDate":"2026-11-22"}}'
curl -s -H "Authorization: Bearer $(.venv/bin/whatmatters token harbour-befriending)"
'{base}/Goal?patient=Patient/{PERSON}&_revinclude=Observation:focus&_pretty=true'
curl -s -H "Authorization: Bearer $(.venv/bin/whatmatters token person:9990000018)"
'{base}/AuditEvent?patient=Patient/{PERSON}&_sort=-date&_count=3&_pretty=true'
"""
