"""Two people linked on purpose, what is hidden of them from whom, and everyone who would look.

A is known to the surgery, to a trust and a charity on her team, and to a trust that has an open
request; the council was on her team once. B is known to the surgery alone. Every hidden entry holds
a word that nothing else holds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt

from app.access import demo
from app.settings import Settings
from tests.endpoints.asking import Json, entry
from tests.endpoints.sharing import (
    JUST_US,
    NOT_SUPPORTERS,
    NOT_THE_PERSON,
    RESTRICTED,
    labelled,
    stored,
    supporter,
    team,
)
from tests.people import goal, new_person, observation

AsClient = Callable[..., httpx.Client]

LOOKERS = (
    "the person",
    "their supporter",
    "a practitioner of a sharing trust",
    "a charity worker",
    "an unrelated person",
    "an unrelated clinic",
    "a revoked sharer",
    "a backend service",
    "no token",
)
SIGNED_IN = LOOKERS[:-1]
TIED = ("a practitioner of a sharing trust", "a charity worker", "a backend service")
_LABELLED = ("just us", "restricted", "not for supporters", "not for the person")
_KEPT_WITH_ITS_WRITER = ("just us", "restricted")


@dataclass
class Cast:
    """a, b: Patient ids. hidden: "Type/id" by name. words: what alone each hidden entry says."""

    a: str
    b: str
    clients: dict[str, httpx.Client]
    entries: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    def hidden_from(self, looker: str) -> list[str]:
        """The names of the entries that must not be there for them."""
        of_b = [name for name in self.entries if name.startswith("B's")]
        of_a = [name for name in self.entries if name not in of_b]
        match looker:
            case "the person":
                return [*of_b, "not for the person", "why not for the person"]
            case "their supporter":
                return [*of_b, *_LABELLED, *(f"why {name}" for name in _LABELLED)]
            case _ if looker in TIED:
                return [*of_b, *(name for name in of_a if name.endswith(_KEPT_WITH_ITS_WRITER))]
            case _:
                return [*of_a, *of_b]


def leaks(cast: Cast, looker: str, answer: httpx.Response, asked: str = "") -> list[str]:
    """The names of hidden entries that an answer holds. asked: what the caller said itself.

    A seen entry that refers to a hidden one holds its id, as it was written; that is no leak of it.
    """
    told = answer.text + str(answer.headers)
    found = []
    for name in cast.hidden_from(looker):
        id = cast.entries[name].partition("/")[2]
        shown = (f'"id":"{id}"', f'{cast.entries[name]}","resource"', f"{cast.entries[name]}/_hist")
        if cast.words[name] in told or any(one in told and id not in asked for one in shown):
            found.append(name)
    return found


def token(settings: Settings, **claims: str) -> str:
    """A token of the demonstration's issuer with just these claims besides the usual ones."""
    now = int(time.time())
    usual = {
        "iss": demo.ISSUER,
        "aud": demo.AUDIENCE,
        "iat": now,
        "exp": now + 3600,
        "jti": str(uuid4()),
        "sub": "somebody",
        "client_id": "somebody",
    }
    key = demo.ensure_issuer(settings.data_dir).key
    header = {"alg": "ES256", "kid": str(key.kid), "typ": "at+jwt"}
    return str(jwt.encode(header, {**usual, **claims}, key, algorithms=["ES256"]))


def make(settings: Settings, as_client: AsClient) -> Cast:
    """Makes everyone, and everything there is about them."""
    surgery = as_client("gp-surgery")
    a, b, c = (new_person(surgery, known_to=(), name=[{"family": f}]) for f in ("Ash", "Bee", "C"))
    own = as_client(f"person:{a}")
    helper = stored(own, supporter(a)).partition("/")[2]
    stored(surgery, team(a, "harbour-befriending", "community-trust"))
    old = stored(surgery, team(a, "council-care"))
    ended = {**surgery.get(f"/{old}").json(), "status": "inactive"}
    assert surgery.put(f"/{old}", json=ended).status_code == 200
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": {"reference": f"Patient/{a}"},
        "owner": {"reference": "Organization/acute-trust"},
    }
    stored(surgery, task)
    practitioner = as_client(None)
    signed = token(
        settings, role="practitioner", organization="community-trust", scope="user/*.cruds"
    )
    practitioner.headers["Authorization"] = f"Bearer {signed}"
    clients = {
        "the surgery": surgery,
        "the person": own,
        "their supporter": as_client(f"supporter:{helper}"),
        "a practitioner of a sharing trust": practitioner,
        "a charity worker": as_client("harbour-befriending"),
        "an unrelated person": as_client(f"person:{c}"),
        "an unrelated clinic": as_client("stranger-clinic"),
        "a revoked sharer": as_client("council-care"),
        "a backend service": as_client("acute-trust"),
        "no token": as_client(None),
    }
    cast = Cast(a, b, clients)

    def add(name: str, body: Json, word: str) -> str:
        cast.entries[name] = stored(surgery, body)
        cast.words[name] = word
        return cast.entries[name]

    def about(name: str, person: str, word: str, *labels: Json) -> None:
        add(name, goal(person, word, startDate="2026-07-07", **labelled(*labels)), word)

    about("B's goal", b, "Bitterroot")
    about("just us", a, "Juniper", JUST_US)
    about("restricted", a, "Rosemary", RESTRICTED)
    about("not for supporters", a, "Samphire", NOT_SUPPORTERS)
    about("not for the person", a, "Tamarisk", NOT_THE_PERSON)
    about("open", a, "Oleander")
    number = {"value": 77, "unit": "Betony"}
    add("B's score", observation(b, valueQuantity=number, code={"text": "Betony"}), "Betony")
    for name, word in zip(_LABELLED, ("Jasmine", "Rocket", "Sorrel", "Tormentil"), strict=True):
        add(f"why {name}", provenance(cast.entries[name], activity={"text": word}), word)
    _link(cast, surgery)
    return cast


def provenance(target: str, **rest: Any) -> Json:
    """What was done to an entry, by the surgery."""
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "recorded": "2026-03-01T10:00:00Z",
        "agent": [{"who": {"reference": "Organization/gp-surgery"}}],
        **rest,
    }


def _link(cast: Cast, surgery: httpx.Client) -> None:
    """What lies with A and names B: by performer, focus, author, item, source and member."""
    a, b = ({"reference": f"Patient/{one}"} for one in (cast.a, cast.b))
    of_b = {"reference": cast.entries["B's goal"]}
    stored(surgery, observation(cast.a, performer=[b], focus=[b, of_b]))
    members = [{"entity": a}, {"entity": b}]
    group = {"resourceType": "Group", "type": "person", "actual": True, "member": members}
    answered = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": a,
        "author": b,
        "source": b,
    }
    listed = {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "subject": a,
        "entry": [{"item": of_b}, *({"item": {"reference": one}} for one in cast.entries.values())],
    }
    made = provenance(cast.entries["open"], entity=[{"role": "source", "what": of_b}])
    for body in (group, answered, listed, made):
        stored(surgery, body)


def in_batch(client: httpx.Client, *requests: tuple[str, str, Json | None]) -> httpx.Response:
    """The same requests inside a batch."""
    entries = [entry(method, url.lstrip("/"), body) for method, url, body in requests]
    return client.post("", json={"resourceType": "Bundle", "type": "batch", "entry": entries})
