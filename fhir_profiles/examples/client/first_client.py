"""A first client: finds a person by their NHS number, and shares a goal in their own words.

Its one argument is where the scenarios are, such as http://127.0.0.1:8100.
"""

import sys

import httpx

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number|9990123403"
PROFILE = "https://whatmatters.example/fhir/StructureDefinition/person-stated-goal"

http = httpx.Client(headers={"Authorization": "Bearer sandbox"}, timeout=30)

base = f"{sys.argv[1]}/find-the-person/fhir"
found = http.get(f"{base}/Patient", params={"identifier": NHS_NUMBER}).json()
person = f"Patient/{found['entry'][0]['resource']['id']}"
http.get(f"{base}/Goal", params={"patient": person})

goal = {
    "resourceType": "Goal",
    "meta": {"profile": [PROFILE]},
    "lifecycleStatus": "active",
    "description": {"text": "I want to dance at my granddaughter's wedding"},
    "subject": {"reference": person},
    "expressedBy": {"reference": person},
    "startDate": "2026-11-20",
}
headers = {"Content-Type": "application/fhir+json"}
sent = http.post(f"{sys.argv[1]}/share-a-goal/fhir/Goal", json=goal, headers=headers)
print(sent.status_code, sent.headers.get("Location", sent.text))
