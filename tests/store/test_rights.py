"""Who sees which entry: the clause in SQL against a plain reading of what the entries say.

`allowed` is written from the published reading alone (docs/access.md) and shares no code with it.
"""

from dataclasses import dataclass
from itertools import permutations
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.access.relationship import rights_of
from app.fhir.labels import labels_of
from app.fhir.resource_types import RESOURCE_TYPES
from app.store.permit import Permit, covers, visible
from app.store.statement import Statement
from tests.store.search_world import ALL_TYPES, Bench, Stored

BASE = "https://record.example/fhir"
OURS = "https://whatmatters.example/fhir"
PERSON, OTHER = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"
ORGANIZATIONS = ("Organization/a", "Organization/b", "Organization/c")
SUPPORTERS = ("RelatedPerson/r", "RelatedPerson/s")
ENTRIES = ("Goal/g1", "Goal/g2", "Observation/o1", f"Patient/{PERSON}")
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
LABELS = {
    "R": CONFIDENTIALITY,
    "just-us": f"{OURS}/CodeSystem/label",
    "hidden-from-supporters": f"{OURS}/CodeSystem/label",
    "hidden-from-the-person": f"{OURS}/CodeSystem/label",
}
# Long over, running now, and still to come, whenever this runs.
PERIODS: dict[str, dict[str, str]] = {
    "over": {"start": "2020-01-01", "end": "2021-01-01"},
    "now": {"start": "2020-01-01", "end": "2199-01-01"},
    "to come": {"start": "2198-01-01"},
    "ended": {"end": "2021"},
    "begun": {"start": "2021-05"},
}
RUNNING = {"now", "begun"}
BY_PERSON, BY_ORGANISATION = f"Patient/{PERSON}#1", "Organization/b#1"

Json = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One entry of the person: what it is, who wrote it, its labels."""

    name: str
    author: str
    labels: frozenset[str]


@dataclass(frozen=True)
class World:
    entries: tuple[Entry, ...]
    saying: tuple[Json, ...]  # teams, tasks, requests, supporters and choices


@dataclass(frozen=True)
class Asker:
    agent: str
    purpose: str = ""


def reference(to: str) -> Json:
    return {"reference": to}


def allowed(world: World, asker: Asker, entry: Entry) -> bool:
    """The published reading, in the words of docs/access.md."""
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
    tied = any(ties(one, asker.agent) for one in world.saying)
    told = [
        (says_how_much(one, asker.agent), one["provision"]["type"] == "permit")
        for one in world.saying
        if one["resourceType"] == "Consent" and applies(one, asker, entry, tied)
    ]
    if told:
        most = max(weight for weight, _ in told)
        return all(yes for weight, yes in told if weight == most)
    return tied and ("R" not in entry.labels or entry.author == asker.agent)


def ties(one: Json, agent: str) -> bool:
    def runs(node: Json) -> bool:
        return "period" not in node or node["period"] in [PERIODS[name] for name in RUNNING]

    match one["resourceType"]:
        case "CareTeam":
            members = [p for p in one["participant"] if runs(p)]
            named = [p["member"]["reference"] for p in members]
            return one["status"] == "active" and runs(one) and agent in named
        case "Task":
            return one["status"] in ("requested", "on-hold") and agent == one["owner"]["reference"]
        case "RelatedPerson":
            is_it = agent == f"RelatedPerson/{one['id']}"
            basis = [e["valueCodeableConcept"]["coding"][0]["code"] for e in one["extension"]]
            care = basis not in ([], ["attorney-money"])
            return is_it and one["active"] and care and runs(one)
    return False


def applies(one: Json, asker: Asker, entry: Entry, tied: bool) -> bool:
    provision = one["provision"]
    yes = provision["type"] == "permit"
    if one["status"] != "active" or provision.get("period") not in (
        None,
        *(PERIODS[name] for name in RUNNING),
    ):
        return False
    actors = [actor["reference"]["reference"] for actor in provision["actor"]]
    named = asker.agent in actors
    team = any(actor.startswith("CareTeam/") for actor in actors)
    of_team = team and asker.agent.startswith("Organization/") and (tied or not yes)
    if not (named or of_team):
        return False
    if asker.agent.startswith("RelatedPerson/") and yes and not tied:
        return False
    is_patient = entry.name == f"Patient/{PERSON}"
    kinds = [c["code"] for c in provision.get("class", ())]
    single = [d["reference"]["reference"] for d in provision.get("data", ())]
    if kinds and entry.name.partition("/")[0] not in kinds and not (yes and is_patient):
        return False
    if single and entry.name not in single and not (yes and is_patient):
        return False
    uses = [p["code"] for p in provision.get("purpose", ())]
    if uses and asker.purpose not in uses and (yes or asker.purpose):
        return False
    marks = [label["code"] for label in provision.get("securityLabel", ())]
    if "R" in entry.labels and not (yes and entry.author == asker.agent):
        if marks and "R" not in marks:
            return False
        if yes and (not named or is_noted(one)):
            return False
    return True


def is_noted(one: Json) -> bool:
    """Whether an organisation wrote it down."""
    return str(one["meta"]["source"]).startswith("Organization/")


def says_how_much(one: Json, agent: str) -> tuple[bool, ...]:
    provision = one["provision"]
    named = agent in [actor["reference"]["reference"] for actor in provision["actor"]]
    parts = ("class", "securityLabel", "purpose", "period")
    beats = provision["type"] == "deny" or not is_noted(one)
    return (beats, "data" in provision, named, *(part in provision for part in parts))


def stored(world: World) -> list[Stored]:
    rows = []
    for entry in world.entries:
        type_name, _, id = entry.name.partition("/")
        marks = [{"system": LABELS[code], "code": code} for code in entry.labels]
        labels = int(labels_of({"meta": {"security": marks}}))
        rows.append(Stored(PERSON, type_name, id, author=entry.author, labels=labels))
    for n, one in enumerate(world.saying):
        tree = {"id": f"x{n}", **one}
        rights = rights_of(tree, "Practitioner/p", BASE)
        rows.append(Stored(PERSON, one["resourceType"], tree["id"], rights=rights))
    return rows


def permit_of(asker: Asker) -> Permit:
    is_person = asker.agent == f"Patient/{PERSON}"
    one_person = is_person or asker.agent.startswith("RelatedPerson/")
    return Permit(
        caller=asker.agent,
        agent=asker.agent,
        types=ALL_TYPES,
        directory_types=frozenset(),
        people=(PERSON,) if one_person else None,
        party=None if is_person else asker.agent,
        purpose=asker.purpose,
        hidden=8 if is_person else 12 if one_person else 0,
    )


def seen(bench: Bench, asker: Asker) -> set[str]:
    statement = Statement()
    permit = permit_of(asker)
    sql = f"select r.type || '/' || r.id as name from resources r where {visible(permit, 'r', statement)}"  # noqa: S608, E501
    return {row["name"] for row in bench.run(bench.fetch(sql, statement.arguments))}


periods = st.sampled_from([None, *PERIODS])


def with_period(node: Json, period: str | None) -> Json:
    return node if period is None else {**node, "period": PERIODS[period]}


teams = st.builds(
    lambda status, members, period: with_period(
        {
            "resourceType": "CareTeam",
            "status": status,
            "participant": [with_period({"member": reference(m)}, p) for m, p in members],
        },
        period,
    ),
    st.sampled_from(["active", "active", "suspended", "proposed"]),
    st.lists(st.tuples(st.sampled_from(ORGANIZATIONS), periods), max_size=3),
    periods,
)
tasks = st.builds(
    lambda status, owner: {"resourceType": "Task", "status": status, "owner": reference(owner)},
    st.sampled_from(["requested", "on-hold", "completed", "rejected", "draft"]),
    st.sampled_from(ORGANIZATIONS),
)
supporters = st.builds(
    lambda who, active, basis, period: with_period(
        {
            "resourceType": "RelatedPerson",
            "id": who.partition("/")[2],
            "active": active,
            "extension": [
                {
                    "url": f"{OURS}/StructureDefinition/supporter-basis",
                    "valueCodeableConcept": {"coding": [{"code": one}]},
                }
                for one in basis
            ],
        },
        period,
    ),
    st.sampled_from(SUPPORTERS),
    st.booleans(),
    st.lists(st.sampled_from(["chosen-by-person", "attorney-money"]), max_size=1),
    periods,
)


@st.composite
def choices(draw: st.DrawFn) -> Json:
    actors = st.sampled_from([*ORGANIZATIONS, *SUPPORTERS, "CareTeam/t"])
    provision: Json = {
        "type": draw(st.sampled_from(["permit", "deny"])),
        "actor": [
            {"reference": reference(one)}
            for one in draw(st.lists(actors, min_size=1, max_size=2, unique=True))
        ],
    }
    kinds = draw(st.lists(st.sampled_from(["Goal", "Observation", "Patient"]), max_size=2))
    single = draw(st.lists(st.sampled_from(ENTRIES), max_size=2))
    uses = draw(st.lists(st.sampled_from(["TREAT", "HRESCH"]), max_size=1))
    marks = draw(st.lists(st.sampled_from(["N", "R"]), max_size=1))
    for name, some in (
        ("class", [{"code": one} for one in kinds]),
        ("data", [{"meaning": "instance", "reference": reference(one)} for one in single]),
        ("purpose", [{"code": one} for one in uses]),
        ("securityLabel", [{"system": CONFIDENTIALITY, "code": one} for one in marks]),
    ):
        if some:
            provision[name] = some
    status = draw(st.sampled_from(["active", "active", "active", "inactive", "proposed"]))
    return {
        "resourceType": "Consent",
        "meta": {"source": draw(st.sampled_from([BY_PERSON, BY_PERSON, BY_ORGANISATION]))},
        "status": status,
        "patient": reference(f"Patient/{PERSON}"),
        "provision": with_period(provision, draw(periods)),
    }


authors = st.sampled_from([*ORGANIZATIONS, *SUPPORTERS, f"Patient/{PERSON}"])
worlds = st.builds(
    World,
    st.tuples(
        *(
            st.builds(
                Entry, st.just(name), authors, st.frozensets(st.sampled_from([*LABELS]), max_size=2)
            )
            for name in ENTRIES
        )
    ),
    st.lists(
        st.one_of(teams, tasks, supporters, choices(), choices()),
        max_size=5,
        unique_by=lambda one: one.get("id", repr(one)),
    ).map(tuple),
)
ASKERS = [
    *(Asker(one, use) for one in ORGANIZATIONS for use in ("", "TREAT", "HRESCH")),
    *(Asker(one) for one in SUPPORTERS),
    Asker(f"Patient/{PERSON}"),
]


def choice(kind: str, actor: str, **rest: Any) -> Json:
    return {
        "resourceType": "Consent",
        "meta": {"source": BY_PERSON},
        "status": "active",
        "patient": reference(f"Patient/{PERSON}"),
        "provision": {"type": kind, "actor": [{"reference": reference(actor)}], **rest},
    }


PLAIN = tuple(Entry(name, "Organization/c", frozenset()) for name in ENTRIES)
TEAM = {
    "resourceType": "CareTeam",
    "status": "active",
    "participant": [
        {"member": reference("Organization/a")},
        {"member": reference("Organization/b")},
    ],
}


RESTRICTED = tuple(Entry(name, "Organization/c", frozenset({"R"})) for name in ENTRIES)
ONE_GOAL = {"data": [{"meaning": "instance", "reference": reference("Goal/g1")}]}


@settings(max_examples=1000, deadline=None)
@given(worlds)
@example(World(RESTRICTED, (TEAM, choice("permit", "CareTeam/t"))))
@example(World(RESTRICTED, (TEAM, choice("permit", "Organization/a"))))
@example(World(PLAIN, (TEAM, choice("deny", "Organization/a", **ONE_GOAL))))
@example(
    World(
        PLAIN,
        (choice("permit", "CareTeam/t"), choice("permit", "Organization/a", **ONE_GOAL)),
    )
)
@example(World(PLAIN, (TEAM, choice("deny", "CareTeam/t"), choice("permit", "Organization/a"))))
def test_each_sees_just_what_the_published_reading_lets_them(bench: Bench, world: World) -> None:
    names = {entry.name for entry in world.entries}
    with bench.holding(stored(world)):
        for asker in ASKERS:
            expected = {e.name for e in world.entries if allowed(world, asker, e)}
            assert seen(bench, asker) & names == expected, asker


@settings(max_examples=40, deadline=None)
@given(st.lists(choices(), min_size=2, max_size=4))
def test_the_order_in_which_choices_were_written_never_matters(
    bench: Bench, written: list[Json]
) -> None:
    answers = set()
    for order in list(permutations(written))[:12]:
        with bench.holding(stored(World(PLAIN, (TEAM, *order)))):
            answers.add(tuple(frozenset(seen(bench, one) & set(ENTRIES)) for one in ASKERS))
    assert len(answers) == 1


def test_nobody_is_tied_to_a_person_of_whom_nothing_says_so(bench: Bench) -> None:
    with bench.holding(stored(World(PLAIN, ()))):
        assert seen(bench, Asker("Organization/c")) == set()
        assert seen(bench, Asker("RelatedPerson/r")) == set()


def test_a_permit_with_a_party_leaves_the_rows_to_the_database() -> None:
    permit = permit_of(Asker("Organization/a"))
    assert covers(permit, type="Goal", person_id=PERSON, author="x", tokens=())
    assert not covers(permit, type="Group", person_id="directory", author="x", tokens=())
    assert set(RESOURCE_TYPES) == permit.types
