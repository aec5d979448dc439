"""What a caller may not see leaves no trace: two records that differ only in that answer alike.

Two services run on databases that hold the same entries under the same ids; one holds more, none of
which the caller may see. Whatever is asked of both is answered alike but for times, page tokens and
request ids, which are masked.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access import demo
from app.cli.load import load_files
from app.cli.relationships import rebuild
from app.endpoints.logs import configure_logs
from app.settings import Settings
from tests.conftest import EXAMPLES, Running, mint_token, run_sql
from tests.endpoints.asking import Json
from tests.endpoints.sharing import (
    JUST_US,
    NOT_SUPPORTERS,
    NOT_THE_PERSON,
    RESTRICTED,
    choice,
    labelled,
    supporter,
    team,
)
from tests.people import goal, observation

REQUESTS = 2000
PERSON = "nnnnnnnnnnnnnnnn"
KINDS = ("stranger", "organisation", "supporter", "person")


def id_of(name: str) -> str:
    return f"{PERSON}-{name:a>12}"


def entry_of(name: str, body: Json) -> Json:
    return {**body, "id": id_of(name)}


def reference(kind: str, name: str) -> Json:
    return {"reference": f"{kind}/{id_of(name)}"}


def provenance(kind: str, name: str) -> Json:
    return {
        "resourceType": "Provenance",
        "target": [reference(kind, name)],
        "recorded": "2026-03-01T10:00:00Z",
        "agent": [{"who": {"reference": "Organization/gp-surgery"}}],
    }


PATIENT: Json = {
    "resourceType": "Patient",
    "id": PERSON,
    "name": [{"family": "Nance", "given": ["Nessa"]}],
    "birthDate": "1950-02-01",
}
TASK: Json = {
    "resourceType": "Task",
    "status": "in-progress",
    "intent": "order",
    "for": {"reference": f"Patient/{PERSON}"},
    "owner": {"reference": "Organization/council-care"},
}
OPEN = [
    PATIENT,
    entry_of("team", team(PERSON, "harbour-befriending")),
    entry_of("helper", supporter(PERSON)),
    entry_of("goalone", goal(PERSON, "Walk to the quay")),
    entry_of("goaltwo", goal(PERSON, "Hear the sea", startDate="2026-04-01")),
    entry_of("near", observation(PERSON, focus=[reference("Goal", "goalone")], valueInteger=4)),
    entry_of("far", observation(PERSON, focus=[reference("Goal", "goaltwo")], valueInteger=7)),
    entry_of("asked", TASK),
    entry_of("because", provenance("Goal", "goalone")),
    entry_of(
        "order",
        {
            "resourceType": "List",
            "status": "current",
            "mode": "working",
            "subject": {"reference": f"Patient/{PERSON}"},
            "entry": [{"item": reference("Goal", "goalone")}],
        },
    ),
]


def hidden(*labels: Json) -> list[Json]:
    """Entries that the labels keep back, and what is about them."""
    return [
        entry_of("secret", goal(PERSON, "Leave him", startDate="2026-05-01", **labelled(*labels))),
        entry_of(
            "sensed",
            observation(
                PERSON,
                focus=[reference("Goal", "goalone")],
                valueInteger=9,
                **labelled(*labels),
            ),
        ),
        entry_of("task", {**TASK, **labelled(*labels)}),
    ]


EXTRA: dict[str, list[Json]] = {
    "stranger": [],
    "organisation": [
        *hidden(JUST_US),
        entry_of("kept", goal(PERSON, "Sleep", **labelled(RESTRICTED))),
        entry_of("why", provenance("Goal", "secret")),
        entry_of("yes", choice(PERSON, "permit", "Organization/open-door-housing")),
    ],
    "supporter": [
        *hidden(NOT_SUPPORTERS),
        entry_of("kept", goal(PERSON, "Sleep", **labelled(RESTRICTED))),
        entry_of("told", goal(PERSON, "Say no", **labelled(JUST_US))),
        entry_of("why", provenance("Goal", "secret")),
        entry_of("yes", choice(PERSON, "permit", "Organization/open-door-housing")),
    ],
    "person": [*hidden(NOT_THE_PERSON), entry_of("why", provenance("Goal", "secret"))],
}


@dataclass
class Twin:
    """One of two services, as one caller meets it."""

    running: Running
    client: httpx.Client

    def ask(self, method: str, path: str, body: Json | None) -> tuple[object, ...]:
        answer = self.client.request(method, path, json=body)
        return (
            answer.status_code,
            sorted((k, masked(v)) for k, v in answer.headers.items() if k not in _UNLIKE),
            masked(answer.text.replace(self.running.settings.base_url, "http://record")),
        )


# The length tells how many digits the port has.
_UNLIKE = frozenset(("date", "x-request-id", "last-modified", "content-length"))
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}(Z|\+00:00)"), "(a time)"),
    (re.compile(r"_page=[A-Za-z0-9_-]+"), "_page=(a token)"),
    (re.compile(r"\b0[0-9a-f]{27}\b"), "(an audit event)"),
    (re.compile(r"#[0-9a-z-]+\""), '#(a request)"'),
    (re.compile(r'"value":"[0-9a-f]{16}"'), '"value":"(a request)"'),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://record"),
    (re.compile(r'"policy":\["[0-9a-f-]{36}"\]'), '"policy":["(a token)"]'),
)


def masked(text: str) -> str:
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


@pytest.fixture(scope="module")
def serve(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[list[Json]], Running]]:
    """Starts a service that holds just these entries and the directory."""
    started: list[Running] = []

    def make(entries: list[Json]) -> Running:
        folder = tmp_path_factory.mktemp("twin")
        configure_logs("error", "json")
        demo.ensure_issuer(folder)
        made = Settings(
            database_url=make_database(),
            data_dir=folder,
            demo=True,
            log_level="error",
            rate_limits="",
        )
        run(made, folder, entries)
        running = Running(made)
        running.start()
        started.append(running)
        return running

    yield make
    for running in started:
        running.stop()


def run(made: Settings, folder: Path, entries: list[Json]) -> None:
    """Fills a database: all is written by the surgery, as far as the rows tell."""
    files = [EXAMPLES / "organisations.json"]
    if entries:
        request = [{"method": "PUT", "url": f"{e['resourceType']}/{e['id']}"} for e in entries]
        bundle = {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {"resource": one, "request": asked}
                for one, asked in zip(entries, request, strict=True)
            ],
        }
        path = folder / "entries.json"
        path.write_text(httpx.Request("POST", "http://x", json=bundle).content.decode())
        files.append(path)
    loaded = asyncio.run(load_files(made, files, "care-board", advance=lambda _done, _total: None))
    assert not loaded.refused, loaded.sentence()
    of_surgery = f"set author = 'Organization/gp-surgery' where person_id = '{PERSON}'"
    for table in ("resources", "resource_versions"):
        run_sql(made.database_url or "", f"update {table} {of_surgery}")
    asyncio.run(rebuild(made, lambda _done, _total: None))


def client_of(running: Running, kind: str) -> httpx.Client:
    who = {
        "stranger": "stranger-clinic",
        "organisation": "harbour-befriending",
        "supporter": f"supporter:{id_of('helper')}",
        "person": f"person:{PERSON}",
    }[kind]
    headers = {
        "Authorization": f"Bearer {mint_token(running.settings, who)}",
        "Content-Type": "application/fhir+json",
    }
    return httpx.Client(base_url=running.settings.fhir_base, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def base(serve: Callable[[list[Json]], Running]) -> Running:
    return serve(OPEN)


@pytest.fixture(scope="module", params=KINDS)
def twins(
    request: pytest.FixtureRequest, serve: Callable[[list[Json]], Running], base: Running
) -> Iterator[tuple[Twin, Twin]]:
    kind = request.param
    # A person's log tells what others asked of the same record, so that theirs is asked by none.
    less = {"stranger": lambda: serve([]), "person": lambda: serve(OPEN)}.get(kind, lambda: base)()
    more = base if kind == "stranger" else serve([*OPEN, *EXTRA[kind]])
    with client_of(less, kind) as one, client_of(more, kind) as other:
        yield Twin(less, one), Twin(more, other)


TYPES = (
    "Goal", "Observation", "Task", "CareTeam", "Consent", "Provenance", "RelatedPerson", "Patient",
    "List", "Encounter",
)  # fmt: skip
NAMES = (
    "goalone", "goaltwo", "near", "far", "asked", "because", "order", "team", "helper", "secret",
    "sensed", "task", "kept", "told", "why", "yes", "nowhere",
)  # fmt: skip
types = st.sampled_from(TYPES)
ids = st.sampled_from([*map(id_of, NAMES), PERSON])
places = st.one_of(
    st.builds("{}/{}".format, types, ids),
    st.sampled_from([f"Goal/{id_of('secret')}", f"Observation/{id_of('sensed')}"]),
)
clauses = st.one_of(
    st.builds("_id={}".format, ids),
    st.sampled_from(
        [
            f"patient={PERSON}", f"subject=Patient/{PERSON}", "subject:Patient.name=Nance",
            "subject:missing=false", "_summary=count", "_total=accurate", "_count=1", "_count=2",
            "_sort=-_lastUpdated", "_sort=_id", "_sort=start-date", "_sort=-value-quantity",
            "_include=*", "_revinclude=*", "_include=*:*", "_revinclude=Provenance:target",
            "_revinclude=Observation:focus", "_include:iterate=Observation:focus",
            "_security=R", "_security:not=R", "_security:missing=true", "_tag:missing=true",
            "status=final", "status:not=final", "lifecycle-status=active", "start-date=ge2026-04",
            "start-date=lt2026-04", "start-date:missing=true", "owner=Organization/council-care",
            "value-quantity=gt5", "_has:Observation:focus:status=final",
            "_has:Goal:subject:start-date=gt2026-04-15", "_has:Provenance:target:recorded=2026",
            "_has:Task:patient:status=in-progress", "_lastUpdated=gt2020-01-01",
            "_elements=id", "_profile:missing=true", "actor=Organization/open-door-housing",
            "entity=Goal/" + id_of("secret"), "action=C", "type=rest",
        ]
    ),
    st.builds("focus=Goal/{}".format, ids),
    st.builds("target=Goal/{}".format, ids),
    st.builds("_has:Observation:focus:_id={}".format, ids),
    st.builds("_list={}".format, ids),
    st.builds("focus:Goal._id={}".format, ids),
)  # fmt: skip
searches = st.builds(
    lambda kind, asked: f"{kind}?{'&'.join(asked)}",
    types,
    st.lists(clauses, min_size=1, max_size=4, unique_by=lambda one: one.partition("=")[0]),
)
reads = st.one_of(
    places,
    st.builds("{}/_history".format, places),
    st.builds("{}/_history/{}".format, places, st.integers(1, 2)),
    st.builds("{}/$validate".format, places),
    st.builds("{}/$provenance".format, places),
    searches,
    searches,
    st.builds("{}/_history?_count={}".format, types, st.integers(1, 30)),
    st.builds("_history?_count={}".format, st.integers(1, 30)),
    st.builds(f"Patient/{PERSON}/{{}}".format, types),
    st.builds(f"Patient/{PERSON}/$everything?_count={{}}".format, st.integers(1, 9)),
    st.sampled_from([f"Patient/{PERSON}/*", "?_type=Goal,Observation,Task"]),
    # Of events in one millisecond chance decides which comes first, so they are counted.
    st.builds("AuditEvent?{}&_summary=count".format, clauses),
)


def batch_of(paths: list[str]) -> Json:
    entries = [{"request": {"method": "GET", "url": one}} for one in paths if "$" not in one]
    return {"resourceType": "Bundle", "type": "batch", "entry": entries} if entries else {}


# What is refused, or changes nothing, in both: a write that is done would have another id in each.
writes = st.one_of(
    st.builds(
        lambda one: ("DELETE", f"Goal/{one}", None),
        st.sampled_from([id_of("secret"), id_of("nowhere")]),
    ),
    st.builds(
        lambda one: ("PATCH", f"Goal/{one}", {"language": "kw"}),
        st.sampled_from([id_of("secret"), id_of("kept"), id_of("nowhere")]),
    ),
    st.builds(
        lambda one: ("PUT", f"Goal/{one}", {**goal(PERSON), "id": one}),
        st.sampled_from([id_of("secret"), id_of("kept"), id_of("nowhere")]),
    ),
    st.builds(
        lambda one: (
            "POST",
            "Observation",
            observation(PERSON, focus=[{"reference": f"Goal/{one}"}]),
        ),
        st.sampled_from([id_of("secret"), id_of("kept"), id_of("nowhere")]),
    ),
    st.builds(
        lambda one: (
            "POST",
            "Observation/$validate",
            observation(PERSON, focus=[{"reference": f"Goal/{one}"}]),
        ),
        ids,
    ),
    st.builds(
        lambda one: ("PATCH", f"Goal?_id={one}", {"language": "kw"}),
        st.sampled_from([id_of("secret"), id_of("nowhere")]),
    ),
)
requests = st.one_of(
    st.builds(lambda path: ("GET", path, None), reads),
    st.builds(lambda path: ("GET", path, None), reads),
    st.builds(lambda path: ("HEAD", path, None), reads),
    st.builds(lambda paths: ("POST", "", batch_of(paths)), st.lists(reads, min_size=1, max_size=4)),
    writes,
)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(
    max_examples=REQUESTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
@given(asked=requests)
def test_what_a_caller_may_not_see_changes_nothing_that_is_answered(
    twins: tuple[Twin, Twin], asked: tuple[str, str, Any]
) -> None:
    method, path, body = asked
    less, more = (twin.ask(method, f"/{path}", body) for twin in twins)
    assert less[:2] == more[:2]
    assert told_apart(str(less[2]), str(more[2])) == ("", "")


def told_apart(one: str, other: str) -> tuple[str, str]:
    """Where two texts begin to differ, with a little of what comes before."""
    at = next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    return (one[at - 60 : at + 60], other[at - 60 : at + 60]) if one != other else ("", "")


def test_the_twins_differ_for_who_may_see_it_all(twins: tuple[Twin, Twin]) -> None:
    """So that the test above compares something: the surgery, which wrote it, sees the more."""
    totals = []
    for twin in twins:
        token = mint_token(twin.running.settings, "gp-surgery")
        found = httpx.get(
            f"{twin.running.settings.fhir_base}/Goal?_summary=count",
            headers={"Authorization": f"Bearer {token}"},
        )
        totals.append(found.json()["total"])
    assert totals[0] < totals[1]
