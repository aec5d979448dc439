"""Who sees what of two linked people: the clause in SQL against a plain reading of the rule.

`allowed` is written from docs/access.md, "One person, two records", and shares no code with it.
"""

from dataclasses import replace
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from app.store.database import Session
from app.store.links import relink
from app.store.permit import Permit, visible
from app.store.statement import Statement
from tests.store.search_world import Bench, Stored
from tests.store.test_rights import (
    ASKERS,
    LABELS,
    ORGANIZATIONS,
    OTHER,
    PERSON,
    SUPPORTERS,
    TEAM,
    Asker,
    Entry,
    Json,
    World,
    choice,
    choices,
    is_noted,
    permit_of,
    says_how_much,
    stored,
    supporters,
    tasks,
    teams,
    ties,
)

SIDES = (PERSON, OTHER)
NAMES = {
    PERSON: ("Goal/g1", "Observation/o1", f"Patient/{PERSON}"),
    OTHER: ("Goal/g2", "Observation/o2", f"Patient/{OTHER}"),
}
Two = dict[str, World]


def side_of(entry: Entry) -> str:
    return next(one for one in SIDES if entry.name in NAMES[one])


def allowed(two: Two, asker: Asker, entry: Entry) -> bool:
    """Neither side says no; one says yes; and of what is restricted, or to a supporter, their own
    side does."""
    is_person = asker.agent == f"Patient/{PERSON}"
    is_supporter = asker.agent.startswith("RelatedPerson/")
    if "hidden-from-the-person" in entry.labels and (is_person or is_supporter):
        return False
    if is_person:
        return True
    if "hidden-from-supporters" in entry.labels and is_supporter:
        return False
    if "just-us" in entry.labels and entry.author != asker.agent:
        return False
    own, other = side_of(entry), next(one for one in SIDES if one != side_of(entry))
    tied = any(ties(one, asker.agent) for side in SIDES for one in two[side].saying)
    said = {side: verdict(two[side], asker, entry, side, tied) for side in SIDES}
    if False in said.values():
        return False
    return said[own] is True or (said[other] is True and not is_supporter)


def verdict(world: World, asker: Asker, entry: Entry, side: str, tied: bool) -> bool | None:
    """What one side says of an entry of either; None where it says nothing."""
    told = [
        (says_how_much(one, asker.agent), one["provision"]["type"] == "permit")
        for one in world.saying
        if one["resourceType"] == "Consent" and speaks_of(one, asker, entry, side, tied)
    ]
    if told:
        most = max(weight for weight, _ in told)
        return all(yes for weight, yes in told if weight == most)
    is_tied = any(ties(one, asker.agent) for one in world.saying)
    is_open = "R" not in entry.labels or entry.author == asker.agent
    return True if is_tied and is_open else None


def speaks_of(one: Json, asker: Asker, entry: Entry, side: str, tied: bool) -> bool:
    provision = one["provision"]
    yes = provision["type"] == "permit"
    if one["status"] != "active" or ("period" in provision and is_over(provision["period"])):
        return False
    actors = [actor["reference"]["reference"] for actor in provision["actor"]]
    named = asker.agent in actors
    of_team = "CareTeam/t" in actors and asker.agent.startswith("Organization/")
    if not named and not (of_team and (tied or not yes)):
        return False
    if asker.agent.startswith("RelatedPerson/") and yes and not tied:
        return False
    kinds = [c["code"] for c in provision.get("class", ())]
    single = [d["reference"]["reference"] for d in provision.get("data", ())]
    # A yes to something shows who it is of: by kind every Patient, by entry that of its own side.
    kind = entry.name.partition("/")[0]
    if kinds and kind not in kinds and not (yes and kind == "Patient"):
        return False
    if single and entry.name not in single and not (yes and entry.name == f"Patient/{side}"):
        return False
    uses = [p["code"] for p in provision.get("purpose", ())]
    if uses and asker.purpose not in uses and (yes or asker.purpose):
        return False
    marks = [label["code"] for label in provision.get("securityLabel", ())]
    if "R" not in entry.labels or (yes and entry.author == asker.agent):
        return True
    if marks and "R" not in marks:
        return False
    return not yes or (named and not is_noted(one) and side == side_of(entry))


def is_over(period: Json) -> bool:
    return str(period.get("end", "2199")) < "2026" or str(period.get("start", "2000")) > "2100"


def of_side(one: Json, side: str) -> Json:
    """The same, said in the record of that side."""
    if one["resourceType"] != "Consent":
        return one
    return {**one, "patient": {"reference": f"Patient/{side}"}}


def rows(two: Two) -> list[Stored]:
    found = []
    for n, side in enumerate(SIDES):
        world = two[side]
        # Each entry has an id of its own, on whichever side it stands.
        said = tuple({"id": f"x{n}{m}", **one} for m, one in enumerate(world.saying))
        made = stored(World(world.entries, said))
        found += [replace(row, person_id=side) for row in made]
    return found


def seen(bench: Bench, asker: Asker) -> set[str]:
    statement = Statement()
    permit: Permit = permit_of(asker)
    if permit.people is not None:
        permit = structs.replace(permit, people=SIDES)
    sql = f"select r.type || '/' || r.id as name from resources r where {visible(permit, 'r', statement)}"  # noqa: S608, E501
    return {row["name"] for row in bench.run(bench.fetch(sql, statement.arguments))}


def link(bench: Bench) -> None:
    bench.run(relink(cast(Session, bench), [(OTHER, SIDES)]))


def entries_of(side: str) -> st.SearchStrategy[tuple[Entry, ...]]:
    authors = st.sampled_from([*ORGANIZATIONS, *SUPPORTERS, f"Patient/{PERSON}"])
    labels = st.frozensets(st.sampled_from([*LABELS]), max_size=2)
    return st.tuples(*(st.builds(Entry, st.just(name), authors, labels) for name in NAMES[side]))


def world_of(side: str) -> st.SearchStrategy[World]:
    helper = SUPPORTERS[SIDES.index(side)].partition("/")[2]
    saying = st.one_of(
        teams, tasks, supporters.map(lambda one: {**one, "id": helper}), choices(), choices()
    )
    return st.builds(
        World,
        entries_of(side),
        st.lists(
            saying.map(lambda one: of_side(one, side)),
            max_size=4,
            unique_by=lambda one: one.get("id", repr(one)),
        ).map(tuple),
    )


twos = st.fixed_dictionaries({side: world_of(side) for side in SIDES})


def plain(side: str, *saying: Json, labels: frozenset[str] = frozenset()) -> World:
    made = tuple(Entry(name, "Organization/c", labels) for name in NAMES[side])
    return World(made, tuple(of_side(one, side) for one in saying))


def helper_of(side: str) -> dict[str, Any]:
    coding = {"coding": [{"code": "chosen-by-person"}]}
    url = "https://whatmatters.example/fhir/StructureDefinition/supporter-basis"
    return {
        "resourceType": "RelatedPerson",
        "id": SUPPORTERS[SIDES.index(side)].partition("/")[2],
        "active": True,
        "extension": [{"url": url, "valueCodeableConcept": coding}],
    }


R = frozenset({"R"})
HELPER = SUPPORTERS[0]


@settings(max_examples=300, deadline=None)
@given(twos)
@example({PERSON: plain(PERSON, TEAM), OTHER: plain(OTHER)})
@example({PERSON: plain(PERSON, TEAM), OTHER: plain(OTHER, choice("deny", "Organization/a"))})
@example(
    {
        PERSON: plain(PERSON, TEAM, choice("permit", "Organization/a")),
        OTHER: plain(OTHER, choice("deny", "CareTeam/t")),
    }
)
@example(
    {
        PERSON: plain(PERSON, choice("permit", "Organization/a"), labels=R),
        OTHER: plain(OTHER, TEAM, labels=R),
    }
)
@example({PERSON: plain(PERSON, helper_of(PERSON)), OTHER: plain(OTHER)})
@example({PERSON: plain(PERSON, helper_of(PERSON)), OTHER: plain(OTHER, choice("deny", HELPER))})
@example(
    {
        PERSON: plain(PERSON, helper_of(PERSON)),
        OTHER: plain(OTHER, choice("permit", HELPER)),
    }
)
def test_each_sees_what_both_sides_let_them(bench: Bench, two: Two) -> None:
    names = {name for side in SIDES for name in NAMES[side]}
    with bench.holding(rows(two)):
        link(bench)
        for asker in ASKERS:
            entries = [entry for side in SIDES for entry in two[side].entries]
            expected = {one.name for one in entries if allowed(two, asker, one)}
            assert seen(bench, asker) & names == expected, asker
