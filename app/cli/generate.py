"""As many made-up people as are wanted, as NDJSON that `load` takes: one after the other, so that
the memory needed does not grow with them.

Spec: https://hl7.org/fhir/R4/nd-json.html
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.cli.made_up_people import Person
from app.fhir.json_guard import encode
from app.fhir.library import BASE
from app.fhir.resource_types import Json

MOST = 400_000  # there are no more numbers in the range that is kept for tests
# By type; of an Observation, by its code.
_PROFILE = {
    "Patient": "person",
    "Encounter": "contact",
    "List": "priorities",
    "ServiceRequest": "request-for-help",
    "Task": "help-task",
    "Goal": "scaled-goal",
    "CarePlan": "agreed-action",
    "81338-6": "what-matters",
    "112296-9": "progress-five-steps",
}
_ADDED_BY_TYPE: Mapping[str, Json] = MappingProxyType(
    {
        "List": {
            "orderedBy": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/list-order",
                        "code": "priority",
                    }
                ]
            }
        },
        "Task": {
            "code": {
                "coding": [
                    {"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}
                ]
            }
        },
    }
)
_MEASURED_BY = {
    "url": f"{BASE}/StructureDefinition/goal-measured-by",
    "valueCode": "five-steps",
}


def generate(
    people: Annotated[int, typer.Option(min=1, max=MOST, help="How many.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same people.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The file; without it, standard output.")] = None,
) -> None:
    """Make made-up people as NDJSON of FHIR, which `load` takes; none of them is real."""
    told = Console(stderr=True, highlight=False)
    columns = (TextColumn("Making people"), BarColumn(), MofNCompleteColumn())
    with (
        nullcontext(sys.stdout.buffer) if out is None else out.open("wb") as file,
        Progress(*columns, console=told) as progress,
    ):
        task = progress.add_task("", total=people)
        for number in range(people):
            file.writelines(lines_of(number, seed))
            progress.advance(task)


def lines_of(number: int, seed: int) -> Iterator[bytes]:
    """The lines of one person: the Patient first, and what is referred to before what refers to
    it."""
    for resource in Person(number, seed).resources():
        yield encode(claimed(resource)) + b"\n"


def claimed(resource: Json) -> Json:
    """The resource with the profile that it is right by, and what that asks for, where there is one
    for it."""
    kind = resource["resourceType"]
    code = resource["code"]["coding"][0]["code"] if kind == "Observation" else kind
    profile = _PROFILE.get(code)
    if profile is None:
        return resource
    meta = {"profile": [f"{BASE}/StructureDefinition/{profile}"]}
    made = {**resource, "meta": meta, **_ADDED_BY_TYPE.get(kind, {})}
    if kind == "Goal":
        made["extension"] = [_MEASURED_BY, *resource["extension"]]
    elif kind == "CarePlan":
        made["created"] = resource["period"]["start"]
        for activity in made["activity"]:
            activity["detail"]["performer"] = [resource["subject"]]
    return made
