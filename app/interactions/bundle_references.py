"""Giving each entry of a transaction its id, and leading its references there.

Spec: https://hl7.org/fhir/R4/http.html#trules
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.errors import Invalid, Issue, PreconditionFailed, Refusal
from app.fhir.index_values import extract
from app.fhir.reference import parse_reference
from app.fhir.resource_types import DIRECTORY, RESOURCE_TYPES, Json
from app.fhir.search_query import Match
from app.interactions import conditional
from app.interactions.bundle_links import base_of, end_of, with_links
from app.interactions.draft import people_referred_to
from app.interactions.entries import BundleEntry, located
from app.interactions.placing import (
    References,
    fhirpath,
    mint,
    person_of,
    reference_texts,
    references_in,
)
from app.interactions.update import require_same_id
from app.interactions.visit import Visit
from app.store.found import FoundRow
from app.store.search_token import token_entries


@dataclass(slots=True)
class Target:
    """What one entry writes to. references: all in the tree, led to where they go. match: what a
    conditional create found instead. is_unmet: nothing meets its condition."""

    tree: Json | None
    id: str | None
    references: References = field(default_factory=list)
    match: FoundRow | None = None
    is_unmet: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """targets: one for each entry, in order. people: where every reference leads, in the Bundle or
    stored. coming: `Type/id` of what the Bundle itself writes."""

    targets: list[Target]
    people: dict[str, str]
    coming: frozenset[str]


async def resolve(entries: Sequence[tuple[BundleEntry, Visit, Json | None]]) -> Resolved:
    """Ids for all entries; trees with their references led to them. Raises a Refusal naming the
    entry."""
    targets = [Target(tree, entry.ask.id) for entry, _, tree in entries]
    await _match_conditions(entries, targets)
    reference_by_url: dict[str, str] = {}
    for patients in (True, False):
        for (entry, _, _), target in zip(entries, targets, strict=True):
            if (entry.ask.type == "Patient") is patients:
                _give_id(entry, target, reference_by_url)
    lead = _Lead(reference_by_url, entries, targets)
    for (entry, visit, _), target in zip(entries, targets, strict=True):
        if target.tree is not None and target.match is None:
            target.tree = await lead.led(entry, visit, target.tree)
            target.references = references_in(target.tree, visit.record.fhir_base)
    coming = frozenset(
        f"{target.tree['resourceType']}/{target.id}"
        for target in targets
        if target.tree is not None and target.match is None
    )
    return Resolved(targets, await _people(entries, targets), coming)


async def _match_conditions(
    entries: Sequence[tuple[BundleEntry, Visit, Json | None]], targets: Sequence[Target]
) -> None:
    waiting = [
        (entry, visit, target)
        for (entry, visit, _), target in zip(entries, targets, strict=True)
        if entry.ask.if_none_exist is not None
        or (entry.ask.method in ("PUT", "PATCH", "DELETE") and entry.ask.id is None)
    ]
    unmet: set[tuple[str | None, str]] = set()
    # One order for everyone, so that two transactions never wait for each other.
    for type in sorted({entry.ask.type or "" for entry, _, _ in waiting}):
        async with conditional.alone(waiting[0][1], type):
            pass
    # Deletions come first, and what they delete meets no condition any more.
    waiting.sort(key=lambda one: one[0].ask.method != "DELETE")
    for entry, visit, target in waiting:
        type = entry.ask.type or ""
        condition = entry.ask.query if entry.ask.if_none_exist is None else entry.ask.if_none_exist
        going = _going(entries, targets, type) if entry.ask.method != "DELETE" else set()
        try:
            match = await conditional.only_match(visit, type, condition, apart_from=going)
            if match is not None and target.tree is not None and entry.ask.method == "PUT":
                require_same_id(target.tree, match.id)
        except Refusal as refusal:
            raise located(refusal, entry.place + ".request") from None
        if match is None:
            if target.tree is not None and (entry.ask.type, condition) in unmet:
                text = "Two entries have the same condition, and nothing meets it yet."
                raise Invalid([Issue("duplicate", text, entry.place + ".request")])
            unmet.add((entry.ask.type, condition))
            target.is_unmet = True
            continue
        target.id = match.id
        if entry.ask.if_none_exist is not None:
            target.match = match


def _going(
    entries: Sequence[tuple[BundleEntry, Visit, Json | None]], targets: Sequence[Target], type: str
) -> set[str]:
    """The ids of this type that the transaction deletes."""
    return {
        target.id
        for (entry, _, _), target in zip(entries, targets, strict=True)
        if entry.ask.method == "DELETE" and entry.ask.type == type and target.id is not None
    }


def _give_id(entry: BundleEntry, target: Target, reference_by_url: dict[str, str]) -> None:
    ask = entry.ask
    if target.id is None and target.tree is not None:
        if ask.method == "PUT" and "id" in target.tree:
            target.id = target.tree["id"]
        else:
            target.id = mint(ask.type or "", _person_named(entry, target.tree, reference_by_url))
    if target.id is not None and entry.full_url and ask.method in ("POST", "PUT"):
        if entry.full_url in reference_by_url:
            text = "Two entries have the same fullUrl."
            raise Invalid([Issue("duplicate", text, f"{entry.place}.fullUrl")])
        reference_by_url[entry.full_url] = f"{ask.type}/{target.id}"


def _person_named(entry: BundleEntry, tree: Json, reference_by_url: dict[str, str]) -> str:
    """The person an entry names, as far as the Bundle tells; only the form of its new id depends
    on it."""
    for element in RESOURCE_TYPES[tree["resourceType"]].person:
        value = tree.get(element)
        text = value.get("reference") if isinstance(value, dict) else None
        if isinstance(text, str):
            end = end_of(text, base_of(entry.full_url), reference_by_url) or text
            kind, _, id = end.rpartition("/")
            if kind == "Patient":
                return id
    return DIRECTORY


class _Lead:
    """Leads references of the Bundle to the ids given, and conditional ones to their one match."""

    def __init__(
        self,
        reference_by_url: dict[str, str],
        entries: Sequence[tuple[BundleEntry, Visit, Json | None]],
        targets: Sequence[Target],
    ) -> None:
        self._reference_by_url = reference_by_url
        self._entries, self._targets = entries, targets
        self._names_no_urn = not any(url.startswith("urn:") for url in reference_by_url)

    async def led(self, entry: BundleEntry, visit: Visit, tree: Json) -> Json:
        """The tree with its references led; itself when none of them is led anywhere."""
        texts = {text: trail for trail, text in reference_texts(tree)}
        for text in texts.keys() - self._reference_by_url.keys():
            if "?" in text:
                place = fhirpath(f"{entry.place}.resource", texts[text])
                self._reference_by_url[text] = await self._matched(place, visit, text)
        base = base_of(entry.full_url)
        ends = (end_of(text, base, self._reference_by_url) for text in texts)
        if self._names_no_urn and not any(ends):
            return tree
        led: Json = self._copy(tree, "", base)
        return led

    async def _matched(self, place: str, visit: Visit, text: str) -> str:
        type, _, condition = text.partition("?")
        if type not in RESOURCE_TYPES:
            raise Invalid([Issue("value", "A conditional reference is Type?query.", place)])
        going = _going(self._entries, self._targets, type)
        try:
            match = await conditional.only_match(visit, type, condition, apart_from=going)
            found = self._coming(visit, type, condition) | ({match.id} if match else set())
            if len(found) > 1:
                raise PreconditionFailed(conditional.SEVERAL)
        except Refusal as refusal:
            raise located(refusal, place) from None
        if not found:
            told = "This conditional reference matches nothing."
            raise Invalid([Issue("not-found", told, place)])
        return f"{type}/{found.pop()}"

    def _coming(self, visit: Visit, type: str, condition: str) -> set[str]:
        """The ids of what the transaction writes that meets a condition made of codes and
        identifiers; another condition is asked of what is stored alone."""
        clauses = conditional.read_condition(visit, type, condition).clauses
        wanted = [
            set(token_entries(one.parameter.code, None, one.values))
            for one in clauses
            if isinstance(one, Match) and one.parameter.type == "token" and one.modifier is None
        ]
        if len(wanted) < len(clauses):
            return set()
        return {
            target.id
            for (entry, _, _), target in zip(self._entries, self._targets, strict=True)
            if target.tree and target.id and target.match is None and entry.ask.type == type
            for tokens in (extract(target.tree, visit.record.fhir_base).tokens,)
            if all(some.intersection(tokens) for some in wanted)
        }

    def _copy(self, node: Any, name: str, base: str | None) -> Any:
        if isinstance(node, dict):
            return {key: self._copy(value, key, base) for key, value in node.items()}
        if isinstance(node, list):
            return [self._copy(value, name, base) for value in node]
        if isinstance(node, str) and name == "div":
            return with_links(node, self._reference_by_url)
        if isinstance(node, str) and (name == "reference" or node.startswith("urn:")):
            return end_of(node, base, self._reference_by_url) or node
        return node


async def _people(
    entries: Sequence[tuple[BundleEntry, Visit, Json | None]], targets: Sequence[Target]
) -> dict[str, str]:
    """Where every reference leads: what is stored, less what goes, and what comes in the Bundle."""
    references = [one for target in targets for one in target.references]
    visit = entries[0][1] if entries else None
    people = await people_referred_to(visit, references) if visit else {}
    for (entry, _, _), target in zip(entries, targets, strict=True):
        if entry.ask.method == "DELETE":
            people.pop(f"{entry.ask.type}/{target.id}", None)
    coming = [
        {**target.tree, "id": target.id}
        for target in targets
        if target.tree is not None and target.match is None
    ]
    base = visit.record.fhir_base if visit else ""
    for _ in range(_depth(coming)):
        for tree in coming:
            if all(_is_known(text, base, people) for text in _first_named(tree)):
                people[f"{tree['resourceType']}/{tree['id']}"] = person_of(tree, base, people)
    for tree in coming:
        people.setdefault(f"{tree['resourceType']}/{tree['id']}", DIRECTORY)
    return people


def _depth(coming: Sequence[Json]) -> int:
    """How often to look: once for people and the directory, again for what refers to entries of
    theirs."""
    return 2 if all("target" not in RESOURCE_TYPES[t["resourceType"]].person for t in coming) else 3


def _first_named(tree: Json) -> list[str]:
    row = RESOURCE_TYPES[tree["resourceType"]]
    values = [tree.get(element) for element in row.person if element != "id"]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [one["reference"] for one in flat if isinstance(one, dict) and "reference" in one]


def _is_known(text: str, base: str, people: dict[str, str]) -> bool:
    parts = parse_reference(text, base)
    return parts is None or parts.relative is None or parts.relative in people
