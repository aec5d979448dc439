"""What a $match asks, read and held to what it takes.

Source: fhir_profiles/OperationDefinition/match.json
"""

from msgspec import Struct

from app.errors import Invalid, Issue, Malformed
from app.fhir.date_ranges import date_range
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text
from app.fhir.search_text import entry as index_entry
from app.fhir.search_text import normalise, sound
from app.interactions.draft import checked
from app.interactions.parameters import resource_in, typed_of
from app.interactions.visit import Visit
from app.store.match import Near
from app.what_matters.likeness import MOST_OF_A_KIND, Traits, is_whole, traits_of, turned
from app.what_matters.nhs_number import NHS_NUMBER, is_nhs_number, numbers_not_taken

MOST_TOLD = 20
_TOO_LITTLE = (
    "This does not say who is meant. Send the NHS number with the whole date of birth; or, of "
    "people you may see, names with a date of birth, a postcode, a telephone number or an e-mail "
    "address."
)
_ONE_NUMBER = "Ask for one number at a time."
_NO_NUMBER = "This is not an NHS number: look for a digit that is wrong or out of its place."


class Question(Struct, frozen=True):
    """patient: as sent, without id and meta. near: what may lead to people like that."""

    patient: Json
    traits: Traits
    near: Near
    only_certain: bool
    count: int


def question(visit: Visit) -> Question:
    """Read what is asked. Raises Malformed, or Invalid for what says too little or too much."""
    if visit.ask.query and not visit.ask.lenient:
        raise Malformed("$match takes nothing in the address: send a Parameters resource.")
    body = parse(visit.ask.body) if visit.ask.body else {}
    if body.get("resourceType") != "Parameters":
        raise Malformed("$match takes a Parameters resource, with a Patient as its resource.")
    values = {"onlyCertainMatches": False, "count": MOST_TOLD}
    kinds = {"onlyCertainMatches": ("Boolean", bool), "count": ("Integer", int)}
    for name, kind, value in typed_of(body):
        if kind == "" and name == "resource":
            continue
        if name not in kinds:
            raise Malformed("$match takes resource, onlyCertainMatches and count.")
        if (kind, type(value)) != kinds[name]:
            raise Malformed(f"{name} is a value{kinds[name][0]}.")
        values[name] = value
    if values["count"] < 1:
        raise Malformed("count is a whole number from 1.")
    patient = {k: v for k, v in resource_in(body).items() if k not in ("id", "meta")}
    checked(patient, "Patient")
    if odd := [
        *_no_numbers(patient),
        *numbers_not_taken(patient, visit.record.nhs_numbers),
        *_several(patient),
    ]:
        raise Invalid(odd)
    traits = traits_of(patient)
    near = _near(patient, traits)
    if not (traits.numbers and traits.born) and not _says_enough(traits, near):
        raise Invalid([Issue("required", _TOO_LITTLE, "Patient")])
    return Question(patient, traits, near, bool(values["onlyCertainMatches"]), values["count"])


def _no_numbers(patient: Json) -> list[Issue]:
    return [
        Issue("value", _NO_NUMBER, f"Patient.identifier[{n}].value", rule="wm-person-nhs-number")
        for n, one in enumerate(nodes(patient, "identifier"))
        if one.get("system") == NHS_NUMBER and not is_nhs_number(text(one, "value") or "")
    ]


def _several(patient: Json) -> list[Issue]:
    """One question asks for one person."""
    numbers = {text(one, "value") for one in nodes(patient, "identifier")}
    issues = [Issue("value", _ONE_NUMBER, "Patient.identifier")] if len(numbers) > 1 else []
    issues += [
        Issue("too-costly", f"Send {MOST_OF_A_KIND} at the most.", f"Patient.{name}")
        for name in ("name", "telecom", "address")
        if len(nodes(patient, name)) > MOST_OF_A_KIND
    ]
    return issues


def _near(patient: Json, traits: Traits) -> Near:
    """How people like that are found in the index, as it has them."""
    days = {traits.born, turned(traits.born)} if traits.born else set()
    spans = [date_range(one) for one in sorted(days) if is_whole(one)]
    reached = [
        index_entry(system, form)
        for one in nodes(patient, "telecom")
        for system in ("phone", "email")
        if one.get("system") == system
        for written in [text(one, "value") or ""]
        for form in sorted({written, written.lower(), "".join(written.split())})
    ]
    postcodes = {
        form
        for address in nodes(patient, "address")
        for one in [normalise(text(address, "postalCode") or "")]
        for short in ["".join(one.split())]
        if short
        for form in (one, short, f"{short[:-3]} {short[-3:]}")
    }
    return Near(
        tokens=[*tokens(traits), *reached],
        days=[span[0] for span in spans if span is not None],
        sounds=sorted({sound(family) for family, _ in traits.names if family}),
        postcodes=sorted(postcodes),
    )


def _says_enough(traits: Traits, near: Near) -> bool:
    return bool(near.tokens or (near.days and traits.names) or (near.postcodes and near.sounds))


def tokens(traits: Traits) -> list[str]:
    """The NHS numbers as the index has them."""
    return [index_entry("identifier", f"{NHS_NUMBER}|{one}") for one in sorted(traits.numbers)]


def who(traits: Traits) -> str:
    """By which the person asked about is counted, be they here or not."""
    if traits.numbers:
        return "number " + " ".join(sorted(traits.numbers))
    if traits.names:
        return f"name {sorted(traits.names)} {traits.born}"
    return f"reached {sorted(traits.phones | traits.emails)}"
