"""Who may do what at every address: one row for each, one column for each caller.

A row is "METHOD path", and the statuses for the callers in the order of CALLERS. The same table
holds for single requests, for entries of a batch and for entries of a transaction.
Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

import ast
import inspect
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.errors import MethodNotAllowed
from app.interactions import address as addresses
from app.interactions.address import address
from tests.endpoints.asking import Json, json_patch, new_goal
from tests.endpoints.sharing import stored, supporter, team
from tests.people import goal, new_person

# reader: an organisation with system/*.rs. writer: one with system/*.cud. partner: another that
# knows the person. stranger: one that does not. ended: a supporter whose entry is no longer active.
CALLERS = (
    "nobody",
    "oneself",
    "another",
    "surgery",
    "reader",
    "writer",
    "analyst",
    "officer",
    "admin",
    "partner",
    "stranger",
    "supporter",
    "ended",
)

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

# nobody oneself another surgery reader writer analyst officer admin partner stranger supporter
# ended
TABLE = """
GET     metadata                           200 200 200 200 200 200 200 200 200 200 200 200 200
HEAD    metadata                           200 200 200 200 200 200 200 200 200 200 200 200 200

GET     .                                  401 200 200 200 200 403 200 200 200 200 200 200 200
HEAD    .                                  401 200 200 200 200 403 200 200 200 200 200 200 200
POST    .                                  401 200 200 200 200 200 200 200 200 200 200 200 200
POST    _search                            401 200 200 200 200 403 200 200 200 200 200 200 200
GET     _history                           401 200 200 200 200 403 200 200 200 200 200 200 200
HEAD    _history                           401 200 200 200 200 403 200 200 200 200 200 200 200

GET     Goal                               401 200 200 200 200 403 403 403 200 200 200 200 200
HEAD    Goal                               401 200 200 200 200 403 403 403 200 200 200 200 200
POST    Goal                               401 201 422 201 403 201 403 403 201 201 422 201 422
PUT     Goal?identifier={value}            401 201 422 201 403 403 403 403 201 201 422 201 422
PATCH   Goal?_id={goal}                    401 200 404 200 403 403 403 403 200 200 404 200 404
DELETE  Goal?_id={goal}                    401 204 204 204 403 403 403 403 204 204 204 204 204
POST    Goal/_search                       401 200 200 200 200 403 403 403 200 200 200 200 200
GET     Goal/_history                      401 200 200 200 200 403 403 403 200 200 200 200 200
HEAD    Goal/_history                      401 200 200 200 200 403 403 403 200 200 200 200 200
GET     Goal/{goal}                        401 200 404 200 200 403 403 403 200 200 404 200 404
HEAD    Goal/{goal}                        401 200 404 200 200 403 403 403 200 200 404 200 404
PUT     Goal/{goal}                        401 200 404 200 403 200 403 403 200 200 404 200 404
PATCH   Goal/{goal}                        401 200 404 200 403 200 403 403 200 200 404 200 404
DELETE  Goal/{goal}                        401 204 204 204 403 204 403 403 204 204 204 204 204
GET     Goal/{goal}/_history               401 200 404 200 200 403 403 403 200 200 404 200 404
HEAD    Goal/{goal}/_history               401 200 404 200 200 403 403 403 200 200 404 200 404
GET     Goal/{goal}/_history/1             401 200 404 200 200 403 403 403 200 200 404 200 404
HEAD    Goal/{goal}/_history/1             401 200 404 200 200 403 403 403 200 200 404 200 404

GET     Patient                            401 200 200 200 200 403 403 403 200 200 200 200 200
POST    Patient                            401 403 403 201 403 201 403 403 201 201 201 403 403
GET     Patient/{person}                   401 200 404 200 200 403 403 403 200 200 404 200 404
PUT     Patient/{person}                   401 200 404 200 403 200 403 403 200 200 404 403 403
DELETE  Patient/{person}                   401 409 204 409 403 409 403 403 409 409 204 403 403
GET     Patient/{person}/_history          401 200 404 200 200 403 403 403 200 200 404 200 404
GET     Patient/{person}/Goal              401 200 200 200 200 403 403 403 200 200 200 200 200
HEAD    Patient/{person}/Goal              401 200 200 200 200 403 403 403 200 200 200 200 200
POST    Patient/{person}/Goal/_search      401 200 200 200 200 403 403 403 200 200 200 200 200
GET     Patient/{person}/*                 401 200 200 200 200 403 200 200 200 200 200 200 200
HEAD    Patient/{person}/*                 401 200 200 200 200 403 200 200 200 200 200 200 200
POST    Patient/{person}/*/_search         401 200 200 200 200 403 200 200 200 200 200 200 200

GET     Organization                       401 200 200 200 200 403 200 403 200 200 200 200 200
POST    Organization                       401 403 403 201 403 201 403 403 201 201 201 403 403
GET     Organization/gp-surgery            401 200 200 200 200 403 200 403 200 200 200 200 200
PUT     Organization/{value}               401 403 403 201 403 201 403 403 201 201 201 403 403
PATCH   Organization/gp-surgery            401 403 403 200 403 200 403 403 200 200 200 403 403
DELETE  Organization/{value}               401 403 403 204 403 204 403 403 204 204 204 403 403
GET     Organization/gp-surgery/_history   401 200 200 200 200 403 200 403 200 200 200 200 200

GET     Provenance                         401 200 200 200 200 403 403 200 200 200 200 200 200
POST    Provenance                         401 201 422 201 403 201 403 403 201 201 422 403 403

GET     AuditEvent                         401 200 200 200 200 403 403 200 200 200 200 200 200
GET     AuditEvent/{audit}                 401 200 404 200 200 403 403 200 200 404 404 404 404
GET     AuditEvent/{audit}/_history/1      401 404 404 404 404 403 403 404 404 404 404 404 404
GET     AuditEvent/_history                401 200 200 200 200 403 403 200 200 200 200 200 200
POST    AuditEvent                         401 403 403 403 403 403 403 403 403 403 403 403 403
PUT     AuditEvent/{audit}                 401 403 403 403 403 403 403 403 403 403 403 403 403
PATCH   AuditEvent/{audit}                 401 403 403 403 403 403 403 403 403 403 403 403 403
DELETE  AuditEvent/{audit}                 401 403 403 403 403 403 403 403 403 403 403 403 403
DELETE  AuditEvent?_id={audit}             401 403 403 403 403 403 403 403 403 403 403 403 403

GET     $validate                          401 400 400 400 400 400 400 400 400 400 400 400 400
HEAD    $validate                          401 400 400 400 400 400 400 400 400 400 400 400 400
POST    $validate                          401 200 200 200 200 200 200 200 200 200 200 200 200
GET     Goal/$validate                     401 400 400 400 400 400 400 400 400 400 400 400 400
POST    Goal/$validate                     401 200 200 200 200 200 200 200 200 200 200 200 200
HEAD    Goal/$validate                     401 400 400 400 400 400 400 400 400 400 400 400 400
GET     Goal/{goal}/$validate              401 200 404 200 200 404 404 404 200 200 404 200 404
HEAD    Goal/{goal}/$validate              401 200 404 200 200 404 404 404 200 200 404 200 404
POST    Goal/{goal}/$validate              401 200 200 200 200 200 200 200 200 200 200 200 200
GET     Patient/{person}/$everything       401 200 404 200 200 403 403 403 200 200 404 200 404
HEAD    Patient/{person}/$everything       401 200 404 200 200 403 403 403 200 200 404 200 404
POST    Patient/{person}/$everything       401 200 404 200 200 403 403 403 200 200 404 200 404
GET     Goal/{goal}/$provenance            401 200 404 200 200 403 403 403 200 200 404 200 404
HEAD    Goal/{goal}/$provenance            401 200 404 200 200 403 403 403 200 200 404 200 404
POST    Goal/{goal}/$provenance            401 200 404 200 200 403 403 403 200 200 404 200 404
GET     Patient/{person}/$who-has-looked   401 200 404 403 403 403 403 200 200 403 403 403 403
HEAD    Patient/{person}/$who-has-looked   401 200 404 403 403 403 403 200 200 403 403 403 403
POST    Patient/{person}/$who-has-looked   401 200 404 403 403 403 403 200 200 403 403 403 403
GET     Patient/$match                     401 403 403 405 405 403 403 403 403 405 405 403 403
HEAD    Patient/$match                     401 403 403 405 405 403 403 403 403 405 405 403 403
POST    Patient/$match                     401 403 403 200 200 403 403 403 403 200 200 403 403
GET     Patient/{person}/$match            401 404 404 404 404 403 403 403 404 404 404 404 404
HEAD    Patient/{person}/$match            401 404 404 404 404 403 403 403 404 404 404 404 404
POST    Patient/{person}/$match            401 404 404 404 404 403 403 403 404 404 404 404 404

GET     Patient/$emergency-access          401 405 405 405 405 403 403 403 405 405 405 405 405
HEAD    Patient/$emergency-access          401 405 405 405 405 403 403 403 405 405 405 405 405
POST    Patient/$emergency-access          401 403 403 403 403 403 403 403 403 403 403 403 403
GET     Patient/$emergency-access-end      401 405 405 405 405 405 405 405 405 405 405 405 405
HEAD    Patient/$emergency-access-end      401 405 405 405 405 405 405 405 405 405 405 405 405
POST    Patient/$emergency-access-end      401 404 404 403 403 403 403 404 404 403 403 403 403
GET     Patient/$emergency-access-list     401 200 200 403 403 403 403 200 200 403 403 403 403
HEAD    Patient/$emergency-access-list     401 200 200 403 403 403 403 200 200 403 403 403 403
POST    Patient/$emergency-access-list     401 200 200 403 403 403 403 200 200 403 403 403 403
GET     Patient/$emergency-access-review   401 403 403 403 403 403 403 405 405 403 403 403 403
HEAD    Patient/$emergency-access-review   401 403 403 403 403 403 403 405 405 403 403 403 403
POST    Patient/$emergency-access-review   401 403 403 403 403 403 403 422 422 403 403 403 403
GET     Patient/$notices                   401 200 200 403 403 403 403 200 200 403 403 403 403
HEAD    Patient/$notices                   401 200 200 403 403 403 403 200 200 403 403 403 403
POST    Patient/$notices                   401 200 200 403 403 403 403 200 200 403 403 403 403

GET     Patient/{person}/$freeze           401 403 403 405 403 405 403 403 405 405 405 403 403
HEAD    Patient/{person}/$freeze           401 403 403 405 403 405 403 403 405 405 405 403 403
POST    Patient/{person}/$freeze           401 403 403 422 403 422 403 403 422 422 404 403 403
GET     Patient/{person}/$unfreeze         401 403 403 405 403 405 403 403 405 405 405 403 403
HEAD    Patient/{person}/$unfreeze         401 403 403 405 403 405 403 403 405 405 405 403 403
POST    Patient/{person}/$unfreeze         401 403 403 422 403 422 403 403 422 422 404 403 403

GET     Patient/{person}/$quarantine       401 403 403 405 403 405 403 403 405 405 405 403 403
HEAD    Patient/{person}/$quarantine       401 403 403 405 403 405 403 403 405 405 405 403 403
POST    Patient/{person}/$quarantine       401 403 403 422 403 422 403 403 422 422 404 403 403
GET     Patient/$quarantine-lift           401 403 403 403 403 403 403 405 405 403 403 403 403
HEAD    Patient/$quarantine-lift           401 403 403 403 403 403 403 405 405 403 403 403 403
POST    Patient/$quarantine-lift           401 403 403 403 403 403 403 422 422 403 403 403 403
GET     Patient/$merge                 401 403 403 403 403 403 403 403 405 403 403 403 403
HEAD    Patient/$merge                 401 403 403 403 403 403 403 403 405 403 403 403 403
POST    Patient/$merge                 401 403 403 403 403 403 403 403 422 403 403 403 403
GET     Patient/$unmerge               401 403 403 403 403 403 403 403 405 403 403 403 403
HEAD    Patient/$unmerge               401 403 403 403 403 403 403 403 405 403 403 403 403
POST    Patient/$unmerge               401 403 403 403 403 403 403 403 422 403 403 403 403
GET     Patient/{person}/$invite-supporter 401 405 405 405 403 405 403 403 403 405 405 403 403
HEAD    Patient/{person}/$invite-supporter 401 405 405 405 403 405 403 403 403 405 405 403 403
POST    Patient/{person}/$invite-supporter 401 422 404 422 403 422 403 403 403 422 404 403 403
GET     RelatedPerson/$accept-invitation   401 405 405 403 403 403 403 403 403 403 403 405 405
HEAD    RelatedPerson/$accept-invitation   401 405 405 403 403 403 403 403 403 403 403 405 405
POST    RelatedPerson/$accept-invitation   401 422 422 403 403 403 403 403 403 403 403 422 422
GET     RelatedPerson/$decline-invitation  401 405 405 403 403 403 403 403 403 403 403 405 405
HEAD    RelatedPerson/$decline-invitation  401 405 405 403 403 403 403 403 403 403 403 405 405
POST    RelatedPerson/$decline-invitation  401 422 422 403 403 403 403 403 403 403 403 422 422

GET     Patient/{person}/$export-person    401 200 404 403 403 403 403 403 200 403 404 403 404
HEAD    Patient/{person}/$export-person    401 200 404 403 403 403 403 403 200 403 404 403 404
POST    Patient/{person}/$export-person    401 200 404 403 403 403 403 403 200 403 404 403 404

GET     ConceptMap                         200 200 200 200 200 200 200 200 200 200 200 200 200
HEAD    ConceptMap                         200 200 200 200 200 200 200 200 200 200 200 200 200
POST    ConceptMap                         405 405 405 405 405 405 405 405 405 405 405 405 405
POST    ConceptMap/_search                 200 200 200 200 200 200 200 200 200 200 200 200 200
GET     ConceptMap/pco-aliases             200 200 200 200 200 200 200 200 200 200 200 200 200
HEAD    ConceptMap/pco-aliases             200 200 200 200 200 200 200 200 200 200 200 200 200
PUT     ConceptMap/pco-aliases             405 405 405 405 405 405 405 405 405 405 405 405 405
PATCH   ConceptMap/pco-aliases             405 405 405 405 405 405 405 405 405 405 405 405 405
DELETE  ConceptMap/pco-aliases             405 405 405 405 405 405 405 405 405 405 405 405 405
GET     ConceptMap/nowhere                 404 404 404 404 404 404 404 404 404 404 404 404 404
GET     ValueSet/$expand?url={codes}       200 200 200 200 200 200 200 200 200 200 200 200 200
GET     ValueSet/$expand                   400 400 400 400 400 400 400 400 400 400 400 400 400
HEAD    ValueSet/$expand                   400 400 400 400 400 400 400 400 400 400 400 400 400
POST    ValueSet/$expand                   400 400 400 400 400 400 400 400 400 400 400 400 400
GET     ValueSet/nowhere/$expand           404 404 404 404 404 404 404 404 404 404 404 404 404
HEAD    ValueSet/nowhere/$expand           404 404 404 404 404 404 404 404 404 404 404 404 404
POST    ValueSet/nowhere/$expand           404 404 404 404 404 404 404 404 404 404 404 404 404

GET     Medication                         404 404 404 404 404 404 404 404 404 404 404 404 404
POST    Goal/{goal}                        405 405 405 405 405 405 405 405 405 405 405 405 405
PUT     _history                           405 405 405 405 405 405 405 405 405 405 405 405 405
"""

ROWS = [
    (line.split()[0], line.split()[1].removeprefix("."), tuple(map(int, line.split()[2:])))
    for line in TABLE.splitlines()
    if line
]
# A Bundle holds neither operations nor Bundles, nor asks what the server can do; and an address
# that cannot be is told to be so only once it is known who asks.
IN_BUNDLES = [
    row
    for row in ROWS
    if row[0] != "HEAD"
    and "$" not in row[1]
    and row[1] not in ("metadata", "")
    and row[2][0] == 401
]


class World:
    """What the table's requests are about; a Goal of its own for each that may change it."""

    def __init__(self, surgery: httpx.Client, person: str, audit: str, goal: str) -> None:
        self.surgery, self.person, self.audit, self.goal = surgery, person, audit, goal
        self.value = f"v{secrets.token_hex(6)}"

    def for_one(self, method: str) -> "World":
        """The world for one request."""
        reads = method in ("GET", "HEAD")
        goal = self.goal if reads else new_goal(self.surgery, self.person)[6:]
        return World(self.surgery, self.person, self.audit, goal)

    def path(self, template: str) -> str:
        return template.format(
            goal=self.goal,
            person=self.person,
            value=self.value,
            audit=self.audit,
            codes="http://hl7.org/fhir/ValueSet/goal-status",
        )

    def body(self, method: str, template: str) -> Json | None:
        """What is sent to an address, as a resource; a patch comes as the tree it is."""
        if method == "PATCH":
            return {"language": "kw"}
        path = template.partition("?")[0]
        type = "$match" if path.endswith("$match") else path.partition("/")[0]
        of_no_resource = "$" in template and not template.endswith(("$validate", "$match"))
        if method not in ("POST", "PUT") or of_no_resource or template.endswith("_search"):
            return None
        body = self._resource(type)
        if method == "PUT" and "?" not in template:
            body["id"] = self.path(template).rpartition("/")[2]
        return body

    def _resource(self, type: str) -> Json:
        if type == "Provenance":
            return {
                "resourceType": "Provenance",
                "target": [{"reference": f"Goal/{self.goal}"}],
                "recorded": "2026-05-01T09:00:00Z",
                "agent": [{"who": {"display": "Somebody"}}],
            }
        if type == "$match":
            return match_of("9990000018", "1950-03-01")
        if type in ("Goal", "$validate"):
            return goal(self.person)
        if type == "":
            return {"resourceType": "Bundle", "type": "batch", "entry": []}
        return {"resourceType": type} | ({"name": "A place"} if type == "Organization" else {})


def match_of(number: str, born: str) -> Json:
    system = "https://fhir.nhs.uk/Id/nhs-number"
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": system, "value": number}],
        "birthDate": born,
    }
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": patient}],
    }


@pytest.fixture(scope="module")
def clients(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> dict[str, httpx.Client]:
    own = as_client(f"person:{person}")

    def helper(**rest: Any) -> httpx.Client:
        made = stored(own, {**supporter(person), **rest})
        return as_client(f"supporter:{made.partition('/')[2]}")

    return {
        "nobody": as_client(None),
        "oneself": as_client(f"person:{person}"),
        "another": as_client(f"person:{new_person(surgery)}"),
        "surgery": surgery,
        "reader": as_client("gp-surgery", scope="system/*.rs"),
        "writer": as_client("gp-surgery", scope="system/*.cud"),
        "analyst": as_client("analyst"),
        "officer": as_client("privacy-officer"),
        "admin": as_client("admin"),
        "partner": as_client("harbour-befriending"),
        "stranger": as_client("stranger-clinic"),
        "supporter": helper(),
        "ended": helper(active=False),
    }


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    """A person with a Goal that stays, so that there is always something that refers to them."""
    made = new_person(surgery)
    stored(surgery, team(made, "harbour-befriending"))
    new_goal(surgery, made)
    return made


@pytest.fixture(scope="module")
def world(surgery: httpx.Client, person: str) -> World:
    found = surgery.get(f"/AuditEvent?patient={person}").json()["entry"]
    audit = str(found[0]["resource"]["id"])
    return World(surgery, person, audit, new_goal(surgery, person)[6:])


def ask(client: httpx.Client, world: World, method: str, template: str) -> int:
    form = template.endswith("_search")
    media = "application/x-www-form-urlencoded" if form else "application/fhir+json"
    return client.request(
        method,
        "/" + world.path(template),
        json=world.body(method, template),
        headers={"Content-Type": media},
    ).status_code


def wrapped(client: httpx.Client, world: World, type: str, method: str, template: str) -> int:
    """The status of the same request as the one entry of a Bundle."""
    one: dict[str, Any] = {"request": {"method": method, "url": world.path(template)}}
    body = world.body(method, template)
    if method == "PATCH":
        one["resource"] = json_patch('[{"op":"add","path":"/language","value":"kw"}]')
    elif body is not None:
        one["resource"] = body
    answer = client.post("", json={"resourceType": "Bundle", "type": type, "entry": [one]})
    if answer.status_code != 200:
        return answer.status_code
    return int(answer.json()["entry"][0]["response"]["status"][:3])


@pytest.mark.parametrize(("method", "template", "statuses"), ROWS)
def test_the_table_holds(
    clients: dict[str, httpx.Client],
    world: World,
    method: str,
    template: str,
    statuses: tuple[int, ...],
) -> None:
    told = {name: ask(clients[name], world.for_one(method), method, template) for name in CALLERS}
    assert told == dict(zip(CALLERS, statuses, strict=True))


@pytest.mark.parametrize("type", ["batch", "transaction"])
@pytest.mark.parametrize(("method", "template", "statuses"), IN_BUNDLES)
def test_the_table_holds_inside_a_bundle(
    clients: dict[str, httpx.Client],
    world: World,
    method: str,
    template: str,
    statuses: tuple[int, ...],
    type: str,
) -> None:
    told = {
        name: wrapped(clients[name], world.for_one(method), type, method, template)
        for name in CALLERS
    }
    assert told == dict(zip(CALLERS, statuses, strict=True))


def patterns() -> set[str]:
    """The patterns that address() and its like match a path against."""
    tree = ast.parse(inspect.getsource(addresses))
    return {
        ast.unparse(case.pattern) + (f" if {ast.unparse(case.guard)}" if case.guard else "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Match)
        for case in node.cases
    }


EXAMPLE_BY_PATTERN = {
    "[]": ["", "$validate"],
    "['metadata']": ["metadata"],
    "['_search']": ["_search"],
    "['_history']": ["_history"],
    "[type]": [
        "Goal",
        "Goal/$validate",
        "ConceptMap",
        "ValueSet/$expand",
        "Patient/$emergency-access",
        "Patient/$emergency-access-end",
        "Patient/$emergency-access-list",
        "Patient/$emergency-access-review",
        "Patient/$match",
        "Patient/$merge",
        "Patient/$notices",
        "Patient/$quarantine-lift",
        "Patient/$unmerge",
    ],
    "[type, '_search']": ["Goal/_search", "ConceptMap/_search"],
    "[type, '_history']": ["Goal/_history"],
    "[type, id]": [
        "Goal/{goal}",
        "Goal/{goal}/$validate",
        "Goal/{goal}/$provenance",
        "Patient/{person}/$everything",
        "Patient/{person}/$who-has-looked",
        "Patient/{person}/$freeze",
        "Patient/{person}/$unfreeze",
        "Patient/{person}/$quarantine",
        "Patient/{person}/$match",
        "Patient/{person}/$export-person",
        "ConceptMap/pco-aliases",
        "ValueSet/nowhere/$expand",
    ],
    "[type, *_] if type in DEFINITION_TYPES": ["ValueSet/$expand", "ValueSet/nowhere/$expand"],
    "[type, id, '_history']": ["Goal/{goal}/_history"],
    "[type, id, '_history', version]": ["Goal/{goal}/_history/1"],
    "['Patient', id, other, *rest] if rest in ([], ['_search'])": [
        "Patient/{person}/Goal",
        "Patient/{person}/Goal/_search",
        "Patient/{person}/*",
        "Patient/{person}/*/_search",
    ],
}


def test_every_pattern_of_an_address_has_an_example_here() -> None:
    assert patterns() == EXAMPLE_BY_PATTERN.keys()


@pytest.mark.parametrize(
    "template", [one for examples in EXAMPLE_BY_PATTERN.values() for one in examples]
)
def test_every_method_an_address_takes_has_a_row(template: str) -> None:
    path = template.format(goal="1", person="1")
    rows = {method for method, row, _ in ROWS if row.partition("?")[0] == template}
    taken = set()
    for method in _METHODS:
        try:
            address(method, path)
        except MethodNotAllowed:
            continue
        taken.add(method)
    assert taken <= rows
