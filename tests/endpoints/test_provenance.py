"""Where an entry comes from: whom a Provenance may name, and who may change it.

Spec: https://hl7.org/fhir/R4/provenance.html
"""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.endpoints.asking import MERGE_PATCH, Json, changed, entry, new_goal, places, send
from tests.endpoints.sharing import TERMINOLOGY, stored, supporter, team
from tests.people import new_person

SURGERY = {"reference": "Organization/gp-surgery"}
HARBOUR = {"reference": "Organization/harbour-befriending"}
WELLA = {"reference": "Practitioner/wella-bray"}


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    """Somebody whom the surgery and the befrienders know."""
    return new_person(surgery, known_to=("harbour-befriending",))


@pytest.fixture
def where(surgery: httpx.Client, person: str) -> str:
    return new_goal(surgery, person)[1:]


def agent(kind: str, who: Json, **rest: Any) -> Json:
    code = {"system": f"{TERMINOLOGY}/provenance-participant-type", "code": kind}
    return {"type": {"coding": [code]}, "who": who, **rest}


def provenance(target: str, *agents: Json, **rest: Any) -> Json:
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "occurredDateTime": "2026-03-01T10:00:00Z",
        "recorded": "2026-03-01T10:00:00Z",
        "agent": list(agents),
        **rest,
    }


def test_an_organisation_names_itself_who_works_for_it_and_whose_words_they_are(
    surgery: httpx.Client, person: str, where: str
) -> None:
    helper = {"reference": stored(surgery, supporter(person))}
    for agents in (
        [agent("author", {"reference": f"Patient/{person}"}), agent("enterer", SURGERY)],
        [agent("author", helper), agent("enterer", WELLA, onBehalfOf=SURGERY)],
        [agent("author", helper, onBehalfOf={"reference": f"Patient/{person}"})],
        [agent("informant", helper), agent("performer", {"display": "Wella at the desk"})],
        [{"who": {"reference": "PractitionerRole/wella-bray-role"}}],
    ):
        assert stored(surgery, provenance(where, *agents))


def test_a_person_names_themselves_and_whose_words_they_are(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str, where: str
) -> None:
    own = as_client(f"person:{person}")
    helper = {"reference": stored(surgery, supporter(person))}
    oneself = {"reference": f"Patient/{person}"}
    assert stored(own, provenance(where, agent("author", helper), agent("enterer", oneself)))
    for who in (SURGERY, WELLA, helper, {"identifier": {"value": "1"}}):
        answer = own.post("/Provenance", json=provenance(where, agent("enterer", who)))
        assert (answer.status_code, places(answer)) == (422, ["Provenance.agent[0].who"]), who


@pytest.mark.parametrize(
    "who",
    [
        HARBOUR,
        {"reference": "https://elsewhere.example/fhir/Organization/9"},
        {"type": "Organization", "identifier": {"value": "RX1"}},
        {"type": "Organization", "display": "Harbour Befriending"},
        {"reference": "#o"},
        {"reference": "#r"},
        {"reference": "https://harbour.example/", "type": "Practitioner"},
    ],
    ids=[
        "by a link",
        "elsewhere",
        "by a number",
        "by a name",
        "contained",
        "by a role",
        "by a page",
    ],
)
@pytest.mark.parametrize("kind", ["author", "performer", "enterer", "informant"])
def test_another_organisation_is_not_named_as_having_had_a_part(
    surgery: httpx.Client, where: str, who: Json, kind: str
) -> None:
    contained: Json = {"resourceType": "Organization", "id": "o", "name": "Harbour Befriending"}
    if who == {"reference": "#r"}:
        contained = {"resourceType": "PractitionerRole", "id": "r", "organization": HARBOUR}
    rest = {"contained": [contained]} if who.get("reference", "")[:1] == "#" else {}
    answer = surgery.post("/Provenance", json=provenance(where, agent(kind, who), **rest))
    assert (answer.status_code, places(answer)) == (422, ["Provenance.agent[0].who"])


def test_nobody_acts_for_another_organisation_than_the_callers(
    surgery: httpx.Client, where: str
) -> None:
    for kind, on_behalf in (
        ("author", HARBOUR),
        ("enterer", HARBOUR),
        ("enterer", {"display": "Harbour Befriending"}),
        ("enterer", {"type": "Organization", "identifier": {"value": "RX1"}}),
    ):
        made = provenance(where, agent(kind, WELLA, onBehalfOf=on_behalf))
        answer = surgery.post("/Provenance", json=made)
        assert (answer.status_code, places(answer)) == (422, ["Provenance.agent[0].onBehalfOf"])


def test_another_persons_words_are_not_put_in_this_record(
    surgery: httpx.Client, person: str, where: str
) -> None:
    other = new_person(surgery)
    for who in (f"Patient/{other}", stored(surgery, supporter(other))):
        made = provenance(where, agent("author", {"reference": who}))
        answer = surgery.post("/Provenance", json=made)
        assert (answer.status_code, places(answer)) == (422, ["Provenance.agent[0].who"])


def test_the_person_is_the_author_of_their_words_and_of_nothing_an_organisation_did(
    surgery: httpx.Client, person: str, where: str
) -> None:
    oneself = {"reference": f"Patient/{person}"}
    both = agent("author", oneself)
    both["type"]["coding"].append(
        {"system": f"{TERMINOLOGY}/provenance-participant-type", "code": "enterer"}
    )
    for one in (agent("enterer", oneself), agent("verifier", oneself), {"who": oneself}, both):
        answer = surgery.post("/Provenance", json=provenance(where, one))
        assert (answer.status_code, places(answer)) == (422, ["Provenance.agent[0].who"])


def test_a_signature_is_ones_own(surgery: httpx.Client, where: str) -> None:
    made = provenance(
        where,
        agent("author", SURGERY),
        signature=[
            {
                "type": [
                    {"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1"}
                ],
                "when": "2026-03-01T10:00:00Z",
                "who": HARBOUR,
            }
        ],
    )
    answer = surgery.post("/Provenance", json=made)
    assert (answer.status_code, places(answer)) == (422, ["Provenance.signature[0].who"])


def test_every_agent_that_is_not_ones_to_name_is_told_at_once(
    surgery: httpx.Client, where: str
) -> None:
    made = provenance(where, agent("author", HARBOUR), agent("enterer", WELLA, onBehalfOf=HARBOUR))
    assert places(surgery.post("/Provenance", json=made)) == [
        "Provenance.agent[0].who",
        "Provenance.agent[1].onBehalfOf",
    ]


def test_a_forged_agent_comes_in_by_no_other_door(surgery: httpx.Client, where: str) -> None:
    made = stored(surgery, provenance(where, agent("author", SURGERY)))
    forged = agent("author", HARBOUR)
    assert changed(surgery, f"/{made}", agent=[forged]).status_code == 422
    answer = surgery.patch(f"/{made}", json={"agent": [forged]}, headers=MERGE_PATCH)
    assert answer.status_code == 422
    one = entry("POST", "Provenance", provenance(where, forged))
    answer = send(surgery, "transaction", one)
    assert places(answer) == ["Bundle.entry[0].resource.agent[0].who"]
    answer = send(surgery, "batch", one)
    assert answer.json()["entry"][0]["response"]["status"] == "422"


def test_a_provenance_is_changed_by_its_author_alone(
    surgery: httpx.Client,
    befriending: httpx.Client,
    as_client: Callable[..., httpx.Client],
    person: str,
    where: str,
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    made = stored(surgery, provenance(where, agent("author", SURGERY)))
    own = as_client(f"person:{person}")
    for other, who in ((befriending, HARBOUR), (own, {"reference": f"Patient/{person}"})):
        assert other.get(f"/{made}").status_code == 200
        assert changed(other, f"/{made}", agent=[agent("author", who)]).status_code == 403
        answer = other.patch(f"/{made}", json={"language": "kw"}, headers=MERGE_PATCH)
        assert answer.status_code == 403
        assert other.delete(f"/{made}").status_code == 403
        assert send(other, "transaction", entry("DELETE", made)).status_code == 403
    assert changed(surgery, f"/{made}", language="kw").status_code == 200
    body = surgery.get(f"/{made}").json()
    assert surgery.delete(f"/{made}").status_code == 204
    theirs = {**body, "agent": [agent("author", HARBOUR)]}
    assert befriending.put(f"/{made}", json=theirs).status_code in (403, 404)
