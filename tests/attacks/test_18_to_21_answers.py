"""Classes 18 to 21: page tokens, what an answer tells beside its body, projections, other doors."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from asyncpg.connection import Connection

from tests.attacks.cast import LOOKERS, SIGNED_IN, Cast, leaks
from tests.endpoints.asking import MERGE_PATCH, Json, ids, link
from tests.endpoints.sharing import JUST_US, choice, labelled, standing, stored, team
from tests.people import goal, new_person, observation

AsClient = Callable[..., httpx.Client]
ABSENT = "aaaaaaaaaaaaaaaa-bbbbbbbbbbbb"


def next_of(answer: httpx.Response) -> str:
    """The link to the next page."""
    url = link(answer.json(), "next")
    assert url is not None
    return url


@pytest.mark.parametrize(
    "path",
    [
        "Goal?patient={a}&_count=1",
        "Goal/_history?_count=1",
        "Patient/{a}/$everything?_count=1",
        "Patient/{a}/Goal?_count=1&_sort=-start-date",
        "?_type=Goal,Observation&_count=1",
    ],
)
def test_a_page_token_is_its_callers_for_its_question(cast: Cast, path: str) -> None:
    """Class 18: another caller's, another question's, and one letter changed."""
    asked = path.format(a=cast.a)
    surgery = cast.clients["the surgery"]
    url = next_of(surgery.get(f"/{asked}"))
    (sealed,) = parse_qs(urlsplit(url).query)["_page"]
    assert surgery.get(url).status_code == 200
    for looker in SIGNED_IN:
        answer = cast.clients[looker].get(url)
        assert answer.status_code in (400, 404), looker
        assert leaks(cast, looker, answer, url) == []
    for other in (
        url.replace(cast.a, cast.b),
        url.replace("_count=1", "_count=50") + "&_id=x",
        url.replace(sealed, sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB")),
        url.replace(sealed, "A" + sealed[1:] if sealed[0] != "A" else "B" + sealed[1:]),
        url.replace(sealed, sealed + sealed),
    ):
        if other != url:
            assert surgery.get(other).status_code in (400, 404), other


@pytest.mark.parametrize("way", ["team", "choice", "label", "supporter"])
@pytest.mark.parametrize(
    "path", ["Goal?patient={a}&_count=1", "Patient/{a}/$everything?_count=1", "_history?_count=1"]
)
def test_the_second_page_is_decided_anew(
    surgery: httpx.Client, befriending: httpx.Client, as_client: AsClient, way: str, path: str
) -> None:
    """Class 18: withdrawn between page 1 and page 2."""
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    client = befriending
    goals = [stored(surgery, goal(person)) for _ in range(3)]
    if way == "choice":
        tie = stored(own, choice(person, "permit", "Organization/harbour-befriending"))
        ended: Json = {"status": "inactive"}
    elif way == "supporter":
        helper: Json = {
            "resourceType": "RelatedPerson",
            "active": True,
            "patient": {"reference": f"Patient/{person}"},
            "extension": [
                {
                    "url": "https://whatmatters.example/fhir/StructureDefinition/supporter-basis",
                    "valueCodeableConcept": {
                        "coding": [
                            {
                                "system": "https://whatmatters.example/fhir/CodeSystem/"
                                "supporter-basis",
                                "code": "chosen-by-person",
                            }
                        ]
                    },
                }
            ],
        }
        tie = stored(own, helper)
        client = as_client(f"supporter:{tie.partition('/')[2]}")
        ended = standing(helper, "ended", "person-asked-to-stop")
    else:
        tie = stored(surgery, team(person, "harbour-befriending"))
        ended = {"status": "inactive"}
    first = client.get(f"/{path.format(a=person)}")
    url = next_of(first)
    if way == "label":
        for one in goals:
            body = {**surgery.get(f"/{one}").json(), **labelled(JUST_US)}
            assert surgery.put(f"/{one}", json=body).status_code == 200
    else:
        writer = surgery if way == "team" else own
        patched = writer.patch(f"/{tie}", json=ended, headers=MERGE_PATCH)
        assert patched.status_code == 200, patched.text
    for _ in range(6):
        if not url:
            return
        answer = client.get(url)
        if answer.status_code == 404:
            return
        assert answer.status_code == 200
        told = answer.text.replace(url, "")
        assert not [one for one in goals if f'"id":"{one[5:]}"' in told]
        if way != "label":
            assert not [one for one in answer.json().get("entry", ()) if person in str(one)]
            if "patient=" in path:
                assert not ids(answer.json())
        url = link(answer.json(), "next") or ""


@pytest.mark.parametrize("looker", LOOKERS)
def test_projections_show_no_more(cast: Cast, looker: str) -> None:
    """Classes 20 and 21: `_elements`, `_summary`, narrative; POST, HEAD and other forms."""
    client = cast.clients[looker]
    for path in (
        "Goal?_elements=description",
        "Goal?_summary=true",
        "Goal?_summary=data",
        "Goal?_summary=text",
        "Observation?_elements=valueQuantity,code",
        "Goal?_format=json",
        "Goal?_format=application/fhir%2Bxml",
        "Goal?_pretty=true",
        f"Patient/{cast.a}/Goal?_elements=description",
        f"Goal?patient=Patient/{cast.a}&_summary=count",
    ):
        kind, _, query = path.partition("?")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for answer in (
            client.get(f"/{path}"),
            client.head(f"/{path}"),
            client.post(f"/{kind}/_search", content=query, headers=form),
            client.get(f"/{path}", headers={"Accept": "application/fhir+xml"}),
        ):
            assert leaks(cast, looker, answer, path) == [], path


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_doors_agree_on_how_many_there_are(cast: Cast, looker: str) -> None:
    """Class 21: GET, POST, the compartment, $everything, counts and batches tell one number."""
    client = cast.clients[looker]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    found = [
        client.get(f"/Goal?patient={cast.a}&_count=200"),
        client.post("/Goal/_search", content=f"patient={cast.a}&_count=200", headers=form),
        client.post(f"/Patient/{cast.a}/Goal/_search", content="_count=200", headers=form),
        client.get(f"/Patient/{cast.a}/Goal?_count=200"),
        client.get(f"/Goal?subject:Patient._id={cast.a}&_count=200"),
    ]
    sets = {frozenset(ids(one.json())) for one in found if one.status_code == 200}
    assert len(sets) == 1
    (seen,) = sets
    hidden = {cast.entries[name].partition("/")[2] for name in cast.hidden_from(looker)}
    assert hidden.isdisjoint(seen)
    counted = client.get(f"/Goal?patient={cast.a}&_summary=count").json()["total"]
    assert counted == len(seen)
    everything = client.get(f"/Patient/{cast.a}/$everything?_type=Goal")
    if everything.status_code == 200:
        assert {*ids(everything.json())} == seen


class Counted:
    """How many statements each request made."""

    def __init__(self) -> None:
        self.statements: Counter[str] = Counter()

    def take(self) -> Counter[str]:
        taken, self.statements = self.statements, Counter()
        return taken


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Counts statements on their way to the database, and lets them pass."""
    found = Counted()
    fetch = Connection.fetch

    async def counting(self: Any, query: str, *args: Any, **rest: Any) -> Any:
        # The standing of clients is looked up by the clock, whatever is asked.
        if "select s.mark" not in query:
            found.statements[query.split("(")[0][:40].strip()] += 1
        return await fetch(self, query, *args, **rest)

    monkeypatch.setattr(Connection, "fetch", counting)
    return found


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_a_hidden_entry_costs_as_many_statements_as_none(
    cast: Cast, counted: Counted, looker: str
) -> None:
    """Class 19: error timing."""
    client = cast.clients[looker]
    (name, *_) = [one for one in cast.hidden_from(looker) if cast.entries[one][:4] == "Goal"]
    id = cast.entries[name].partition("/")[2]
    asks: list[Callable[[str], httpx.Response]] = [
        lambda one: client.get(f"/Goal/{one}"),
        lambda one: client.get(f"/Goal/{one}/_history"),
        lambda one: client.get(f"/Goal/{one}/_history/1"),
        lambda one: client.get(f"/Goal?_id={one}"),
        lambda one: client.put(f"/Goal/{one}", json={**goal(cast.a), "id": one}),
        lambda one: client.patch(f"/Goal/{one}", json={"language": "en"}, headers=MERGE_PATCH),
        lambda one: client.delete(f"/Goal/{one}"),
        lambda one: client.post(
            "/Observation", json=observation(cast.a, focus=[{"reference": f"Goal/{one}"}])
        ),
    ]
    for n, ask in enumerate(asks):
        spent = []
        for one in (id, ABSENT):
            ask(one)
            counted.take()
            ask(one)
            spent.append(counted.take())
        assert spent[0] == spent[1], n
        assert spent[0] or n == 0


@pytest.mark.parametrize("looker", LOOKERS)
def test_the_capability_statement_is_the_same_for_everyone(cast: Cast, looker: str) -> None:
    """Class 19: by role it would tell what there is."""
    mine = cast.clients[looker].get("/metadata").json()
    theirs = cast.clients["the surgery"].get("/metadata").json()
    assert mine["rest"] == theirs["rest"]
