"""What in an entry is written to people, and so is checked for plain language; never what a person
said themself, and never what somebody wrote down as they said it.

Spec: https://hl7.org/fhir/R4/ (the elements named here)
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.links import linked
from app.what_matters.request_for_help import State, state_of

_PLAIN_WORDS = f"{BASE}/StructureDefinition/in-plain-words"
# Who has the right to their own words: nobody corrects them.
_OWN = frozenset(("Patient", "RelatedPerson"))


def written_to_people(entry: Json) -> list[tuple[str, str]]:
    """(FHIRPath, text) of each text in an entry that an organisation wrote to a person.

    An entry of another type has none: a goal, what matters, an answer are the person's.
    """
    of_type = _BY_TYPE.get(text(entry, "resourceType") or "")
    return list(of_type(entry)) if of_type is not None else []


def _of_task(task: Json) -> Iterator[tuple[str, str]]:
    """Why it was declined or waits; who takes a request back does so in their own words."""
    reason = text(node_at(task, "statusReason"), "text")
    if reason and state_of(task) is not State.TAKEN_BACK:
        yield "Task.statusReason.text", reason
    yield from _of_notes(task, "Task.note")


def _of_request(request: Json) -> Iterator[tuple[str, str]]:
    yield from _of_notes(request, "ServiceRequest.note")


def _of_communication(message: Json) -> Iterator[tuple[str, str]]:
    if _is_own(linked(message, "sender")) or not _is_to_people(message):
        return
    for n, payload in enumerate(nodes(message, "payload")):
        if said := text(payload, "contentString"):
            yield f"Communication.payload[{n}].contentString", said


def _of_plan(plan: Json) -> Iterator[tuple[str, str]]:
    """What was agreed, where it was not the person who wrote the plan."""
    if not _is_own(linked(plan, "author")):
        for n, activity in enumerate(nodes(plan, "activity")):
            detail = node_at(activity, "detail")
            for place, said in (
                ("description", text(detail, "description")),
                ("statusReason.text", text(node_at(detail, "statusReason"), "text")),
            ):
                if said:
                    yield f"CarePlan.activity[{n}].detail.{place}", said
    yield from _of_notes(plan, "CarePlan.note")


def _of_place(place: Json) -> Iterator[tuple[str, str]]:
    """What an organisation does, in plain words."""
    kind = place["resourceType"]
    for n, extension in enumerate(nodes(place, "extension")):
        said = text(extension, "valueString")
        if said and extension.get("url") == _PLAIN_WORDS:
            yield f"{kind}.extension[{n}].valueString", said


def _of_notes(entry: Json, place: str) -> Iterator[tuple[str, str]]:
    """Notes that somebody who works for an organisation signed; an unsigned one may be anyone's."""
    for n, note in enumerate(nodes(entry, "note")):
        author = linked(note, "authorReference")
        said = text(note, "text")
        if said and author and not _is_own(author):
            yield f"{place}[{n}].text", said


def _is_to_people(message: Json) -> bool:
    return _is_own(linked(message, "recipient"))


def _is_own(links: list[str]) -> bool:
    return any(link.partition("/")[0] in _OWN for link in links)


_BY_TYPE: Mapping[str, Callable[[Json], Iterator[tuple[str, str]]]] = MappingProxyType(
    {
        "Task": _of_task,
        "ServiceRequest": _of_request,
        "Communication": _of_communication,
        "CarePlan": _of_plan,
        "Organization": _of_place,
        "HealthcareService": _of_place,
    }
)
