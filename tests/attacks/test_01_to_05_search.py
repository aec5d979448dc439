"""Classes 1 to 5: includes, chains, `_has`, oracles over hidden rows, compartments."""

from collections.abc import Iterator

import httpx
import pytest

from tests.attacks.cast import LOOKERS, SIGNED_IN, Cast, leaks
from tests.endpoints.asking import Json, ids, link
from tests.endpoints.sharing import JUST_US, RESTRICTED, stored
from tests.people import goal, new_person

INCLUDES = (
    "Patient?_revinclude=*",
    "Patient?_id={a}&_revinclude=*&_include=*&_count=1",
    "Patient?_revinclude=Goal:subject&_revinclude:iterate=Provenance:target",
    "Patient?_id={a}&_revinclude:iterate=*&_include:iterate=*",
    "Patient?_id={a}&_revinclude=Observation:subject&_include:iterate=Observation:focus"
    "&_include:iterate=Goal:patient&_revinclude:iterate=Observation:patient",
    "Observation?patient={a}&_include=Observation:performer&_include=Observation:focus",
    "Observation?patient={a}&_include=*&_include:iterate=*",
    "List?patient={a}&_include=List:item&_revinclude:iterate=Provenance:target",
    "QuestionnaireResponse?patient={a}&_include=QuestionnaireResponse:author"
    "&_revinclude:iterate=Goal:subject",
    "Provenance?patient={a}&_include=Provenance:target&_include:iterate=Goal:subject",
    "Provenance?_include=*&_include:iterate=*",
    "Organization?_id=gp-surgery&_revinclude=*&_include:iterate=*&_revinclude:iterate=*",
    "Goal?patient={a}&_include=Goal:patient&_revinclude:iterate=Goal:patient",
    "Group?_include=Group:member&_revinclude:iterate=Goal:subject",
    "CareTeam?patient={a}&_include=*&_include:iterate=Patient:general-practitioner"
    "&_revinclude:iterate=Task:owner&_revinclude:iterate=Patient:organization",
    "?_type=Goal,Observation&_include=*",
)


@pytest.mark.parametrize("looker", LOOKERS)
def test_nothing_hidden_is_brought_along(cast: Cast, looker: str) -> None:
    """Class 1, to the directory and back, and to the other person and back."""
    client = cast.clients[looker]
    for path in INCLUDES:
        asked = path.format(a=cast.a)
        answer = client.get(f"/{asked}")
        assert answer.status_code == (401 if looker == "no token" else 200), (asked, answer.text)
        assert leaks(cast, looker, answer, asked) == [], asked


def ways_to(cast: Cast, name: str) -> Iterator[str]:
    """Searches that find their subject only by way of one hidden entry."""
    kind, _, id = cast.entries[name].partition("/")
    if kind == "Goal":
        yield f"Patient?_has:Goal:subject:_id={id}"
        yield f"Patient?_has:Goal:subject:_id={id}&_summary=count"
        yield f"Patient?_has:Goal:patient:start-date=2026-07-07&_has:Goal:subject:_id={id}"
        yield f"Patient?_has:Goal:subject:_has:Provenance:target:_id={cast.entries[name]}"
        yield f"Observation?focus:Goal._id={id}"
        yield f"Observation?focus:Goal.start-date=2026-07-07&focus=Goal/{id}&focus:Goal._id={id}"
        yield f"List?item:Goal._id={id}"
        yield f"List?item:Goal.patient:Patient._has:Goal:subject:_id={id}"
        yield f"Provenance?target:Goal._id={id}"
        yield f"Organization?_has:Patient:general-practitioner:_has:Goal:subject:_id={id}"
        yield f"Organization?_has:Task:owner:patient:Patient._has:Goal:subject:_id={id}"
    yield f"{kind}?_id={id}"
    yield f"{kind}?_id={id}&_summary=count"
    yield f"{kind}?_id={id}&_total=accurate&_count=0"
    yield f"{kind}?_id:not=none&_id={id}"
    yield f"?_type={kind}&_id={id}"


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_no_chain_and_no_has_goes_by_way_of_a_hidden_entry(cast: Cast, looker: str) -> None:
    """Classes 2 and 3, nested, through the directory, and as counts."""
    client = cast.clients[looker]
    for name in cast.hidden_from(looker):
        for path in ways_to(cast, name):
            answer = client.get(f"/{path}")
            if answer.status_code == 400:
                continue
            assert answer.status_code == 200, (path, answer.text)
            found = answer.json()
            assert found.get("total", 0) == 0, (name, path)
            assert not ids(found), (name, path)
    seen = cast.clients["the surgery"].get(
        f"/Patient?_has:Goal:subject:_id={cast.entries['open'][5:]}"
    )
    assert ids(seen.json()) == [cast.a]


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_a_hidden_value_is_not_searched_for_half_by_half(cast: Cast, looker: str) -> None:
    """Classes 3 and 4: a score of B, found out by asking whether it is above or below."""
    if looker == "the surgery":
        return
    client = cast.clients[looker]
    for half in ("gt0", "lt0", "gt76", "lt78", "77", "ne77"):
        for path in (
            f"Patient?_has:Observation:patient:value-quantity={half}",
            f"Observation?value-quantity={half}&patient={cast.b}",
            f"Patient?_has:Observation:subject:value-quantity={half}&_summary=count",
            f"Group?member:Patient._has:Observation:patient:value-quantity={half}",
            f"Observation?patient={cast.b}&value-quantity:missing=false&_summary=count",
        ):
            answer = client.get(f"/{path}")
            if answer.status_code == 400:
                continue
            assert cast.b not in ids(answer.json()), path
            assert leaks(cast, looker, answer) == []
            if "_summary" in path and cast.b in path:
                assert answer.json()["total"] == 0


@pytest.mark.parametrize("looker", SIGNED_IN)
@pytest.mark.parametrize(
    "sort", ["start-date", "-start-date", "_lastUpdated", "_id", "-_lastUpdated"]
)
def test_order_and_pages_of_one_tell_nothing_of_hidden_entries(
    cast: Cast, looker: str, sort: str
) -> None:
    """Class 4: as many pages as there are entries, none of them short, and no total beside."""
    client = cast.clients[looker]
    url: str | None = f"/Goal?patient={cast.a}&_sort={sort}&_count=1&_total=accurate"
    found: list[str] = []
    totals = set()
    while url:
        page = client.get(url)
        assert leaks(cast, looker, page) == []
        some = ids(page.json())
        assert len(some) == 1 or not found
        found += some
        totals.add(page.json()["total"])
        url = link(page.json(), "next")
    hidden = {cast.entries[name].partition("/")[2] for name in cast.hidden_from(looker)}
    assert hidden.isdisjoint(found)
    assert totals == {len(found)}


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_modifiers_and_labels_are_no_way_to_ask_for_hidden_entries(cast: Cast, looker: str) -> None:
    """Class 4: `:missing`, `:not`, `:in`, `:text`, by label, by who wrote it."""
    client = cast.clients[looker]
    for path in (
        "Goal?_security=R",
        "Goal?_security:not=R",
        "Goal?_security:missing=false",
        "Goal?_security=just-us,hidden-from-the-person,hidden-from-supporters",
        "Goal?start-date=2026-07-07",
        "Goal?start-date:missing=false",
        "Goal?lifecycle-status:not=proposed",
        "Goal?_lastUpdated=gt2020-01-01",
        "Goal?_source=Organization/gp-surgery",
        "Provenance?recorded=2026-03-01",
        "Provenance?agent=Organization/gp-surgery",
        "Goal?_text=Juniper",
        "Goal?_content=Juniper",
        "Goal?description:contains=u",
        "Goal?_filter=start-date eq 2026-07-07",
        "Goal?_list={list}",
        f"Goal?patient={cast.a}&_has:Provenance:target:recorded=2026-03-01",
    ):
        answer = client.get(f"/{path}")
        assert leaks(cast, looker, answer, path) == [], path


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_a_list_leads_to_nothing_hidden(cast: Cast, looker: str) -> None:
    """Classes 1 and 7: `_list` with hidden items, and a hidden list."""
    client, surgery = cast.clients[looker], cast.clients["the surgery"]
    (listed,) = ids(surgery.get(f"/List?patient={cast.a}").json())
    for path in (
        f"Goal?_list={listed}",
        f"Observation?_list={listed}",
        f"?_list={listed}&_type=Goal",
    ):
        assert leaks(cast, looker, client.get(f"/{path}"), path) == []


@pytest.mark.parametrize("looker", LOOKERS)
def test_a_compartment_holds_nothing_hidden_and_no_other_person(cast: Cast, looker: str) -> None:
    """Class 5: A's observation with focus B is not in B's compartment for who may not see it."""
    client = cast.clients[looker]
    for person in (cast.a, cast.b):
        for inside in ("Goal", "Observation", "Provenance", "*", "Group", "List", "Organization"):
            answer = client.get(f"/Patient/{person}/{inside}")
            assert leaks(cast, looker, answer, person) == [], (person, inside)
            if answer.status_code == 200 and looker.startswith(("an unrelated", "a revoked")):
                assert inside == "Organization" or not ids(answer.json()), inside


def test_a_focus_alone_puts_an_entry_into_nobodys_compartment(cast: Cast) -> None:
    """Class 5: only the parameters that R4 names."""
    surgery = cast.clients["the surgery"]
    of_b = ids(surgery.get(f"/Patient/{cast.b}/Observation?focus=Patient/{cast.b}").json())
    performed = ids(surgery.get(f"/Observation?performer=Patient/{cast.b}").json())
    assert set(of_b) <= set(performed)


@pytest.mark.parametrize("label", [RESTRICTED, JUST_US])
def test_a_restricted_patient_is_not_met_by_their_entries(
    surgery: httpx.Client, befriending: httpx.Client, label: Json
) -> None:
    """Classes 1, 2 and 3: the entries are there, who they are of is not."""
    person = new_person(surgery, known_to=("harbour-befriending",), name=[{"family": "Yarrow"}])
    where = stored(surgery, goal(person))
    whole = {**surgery.get(f"/Patient/{person}").json(), "meta": {"security": [label]}}
    assert surgery.put(f"/Patient/{person}", json=whole).status_code == 200
    for path in (
        f"Goal?patient={person}&_include=Goal:subject",
        f"Goal?patient={person}&_include=*&_revinclude:iterate=*",
        f"Goal?_id={where[5:]}&_include:iterate=Goal:patient",
        f"Patient/{person}/$everything",
        f"Patient/{person}/_history",
        f"Patient?_id={person}",
        "Patient/_history?_count=200",
    ):
        assert "Yarrow" not in befriending.get(f"/{path}").text, path
    for path in (
        f"Goal?subject:Patient.name=Yarrow&_id={where[5:]}",
        f"Patient?_has:Goal:subject:_id={where[5:]}",
        f"Goal?patient:Patient.family=Yarrow&patient={person}&_summary=count",
        "Organization?_has:Patient:general-practitioner:family=Yarrow&_id=harbour-befriending",
    ):
        told = befriending.get(f"/{path}").json()
        assert not ids(told), path
        assert told.get("total", 0) == 0, path
    assert befriending.get(f"/{where}").status_code == 200
    assert ids(surgery.get(f"/Goal?subject:Patient.name=Yarrow&_id={where[5:]}").json())
