"""Search: what each type of search parameter finds, and its prefixes and modifiers.

Spec: https://hl7.org/fhir/R4/search.html#ptypes
"""

from app.conformance.bench import Bench, address, matches, new_value
from app.conformance.made_up import FAMILY, OBSERVATION, SYSTEM, observation, patient, questionnaire
from app.conformance.requirement import R4, Group, rows
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MUST, SHOULD
from app.fhir.resource_types import Json

_PARAMETER_BY_TYPE = {"Observation": "date", "Patient": "birthdate"}


def a_token_search_finds_by_system_and_code(bench: Bench) -> None:
    kind = bench.kind("search-type")
    bench.claims.need_parameter(kind.type, "identifier")
    value = new_value()
    made = bench.make(kind, value)
    for written, finds in (
        (f"{SYSTEM}|{value}", True),
        (value, True),
        (f"|{value}", False),
        (f"{SYSTEM}/other|{value}", False),
        (f"{SYSTEM}|{new_value()}", False),
    ):
        found = bench.ids(kind.type, {"identifier": written})
        wanted = {made["id"]} if finds else set()
        shown = written.replace(value, "<value>").replace(SYSTEM, "<system>")
        expect(found == wanted, f"identifier={shown} found {len(found)}, not {len(wanted)}.")


def a_string_search_finds_the_start_of_a_word_in_any_case(bench: Bench) -> None:
    bench.claims.need_parameter("Patient", "family", "identifier")
    value = new_value()
    made = bench.create(patient(value))
    scope = {"identifier": f"{SYSTEM}|{value}"}
    for written, finds in ((FAMILY[:5].upper(), True), (FAMILY.lower(), True), ("zzz", False)):
        found = bench.ids("Patient", scope | {"family": written})
        wanted = {made["id"]} if finds else set()
        expect(found == wanted, f"family={written} found {len(found)}, not {len(wanted)}.")


def a_string_search_does_not_mind_accents(bench: Bench) -> None:
    bench.claims.need_parameter("Patient", "family", "identifier")
    value = new_value()
    made = bench.create(patient(value))
    found = bench.ids("Patient", {"identifier": f"{SYSTEM}|{value}", "family": "treveneage-porth"})
    expect(found == {made["id"]}, "A name with accents is not found without them.")


def the_modifiers_of_a_string_hold_to_what_they_say(bench: Bench) -> None:
    bench.claims.need_parameter("Patient", "family", "identifier")
    value = new_value()
    made = bench.create(patient(value))
    scope = {"identifier": f"{SYSTEM}|{value}"}
    for name, written, finds in (
        ("family:exact", FAMILY, True),
        ("family:exact", FAMILY.upper(), False),
        ("family:contains", FAMILY[3:8], True),
        ("family:contains", "zzz", False),
    ):
        found = {
            one["id"] for one in matches(bench.search_if_known("Patient", scope | {name: written}))
        }
        wanted = {made["id"]} if finds else set()
        expect(found == wanted, f"{name}={written} found {len(found)}, not {len(wanted)}.")


def a_reference_search_takes_an_id_and_both_forms_of_address(bench: Bench) -> None:
    bench.claims.need_parameter("Observation", "subject", "identifier")
    bench.claims.need("Observation", "create", "read")
    value = new_value()
    made = bench.create(observation(value, bench.person))
    scope = {"identifier": f"{SYSTEM}|{value}"}
    base = bench.caller.base_url
    for written in (bench.person, f"{base}/{bench.person}"):
        found = bench.ids("Observation", scope | {"subject": written})
        expect(found == {made["id"]}, "subject does not find by the address of the Patient.")
    found = bench.ids("Observation", scope | {"subject": "Patient/nobody-of-the-kit"})
    expect(not found, "subject found what is about somebody else.")
    bench.claims.need_parameter("Observation", "patient")
    found = bench.ids("Observation", scope | {"patient": bench.person.split("/")[1]})
    expect(found == {made["id"]}, "patient does not find by the Patient's id alone.")


def a_date_search_heeds_its_prefixes(bench: Bench) -> None:
    kind, made = bench.three
    name = _PARAMETER_BY_TYPE[kind.type]
    bench.claims.need_parameter(kind.type, name)
    scope = bench.scoped(kind, made)
    low, middle, high = (str(one["id"]) for one in made)
    day = kind.values[1][:10]
    for prefix, wanted in (
        ("", {middle}),
        ("eq", {middle}),
        ("ne", {low, high}),
        ("gt", {high}),
        ("ge", {middle, high}),
        ("lt", {low}),
        ("le", {low, middle}),
        ("sa", {high}),
        ("eb", {low}),
    ):
        found = bench.ids(kind.type, [*scope, (name, prefix + day)]) & {low, middle, high}
        expect(
            found == wanted,
            f"{name}={prefix}{day} found {len(found)} of three, or others than the right "
            f"{len(wanted)}.",
        )


def a_date_search_takes_a_month_as_the_whole_month(bench: Bench) -> None:
    kind, made = bench.three
    name = _PARAMETER_BY_TYPE[kind.type]
    bench.claims.need_parameter(kind.type, name)
    scope = bench.scoped(kind, made)
    found = bench.ids(kind.type, [*scope, (name, kind.values[1][:7])])
    expect(found == {made[1]["id"]}, f"{name} with a month does not find the days in it.")


def a_quantity_search_heeds_value_and_unit(bench: Bench) -> None:
    bench.claims.need_parameter("Observation", "value-quantity", "patient")
    bench.claims.need("Observation", "create", "read")
    kind = "Observation"
    value = new_value()
    made = bench.create(observation(value, bench.person))
    scope = {"identifier": f"{SYSTEM}|{value}"}
    unit = "|http://unitsofmeasure.org|kg"
    for written, finds in (
        (f"71.5{unit}", True),
        (f"gt71.4{unit}", True),
        (f"gt71.5{unit}", False),
        (f"le71.5{unit}", True),
        ("71.5|http://unitsofmeasure.org|g", False),
        ("71.5", True),
    ):
        found = bench.ids(kind, scope | {"value-quantity": written})
        wanted = {made["id"]} if finds else set()
        expect(found == wanted, f"value-quantity={written} found {len(found)}, not {len(wanted)}.")


def a_number_search_heeds_its_prefixes(bench: Bench) -> None:
    """Where a type with a number to search by is claimed: RiskAssessment.probability."""
    bench.claims.need_parameter("RiskAssessment", "probability", "identifier")
    bench.claims.need("RiskAssessment", "create", "read")
    value = new_value()
    made = bench.create(
        {
            "resourceType": "RiskAssessment",
            "identifier": [{"system": SYSTEM, "value": value}],
            "status": "final",
            "subject": {"reference": bench.person},
            "prediction": [{"probabilityDecimal": 0.5}],
        }
    )
    scope = {"identifier": f"{SYSTEM}|{value}"}
    for written, finds in (("0.5", True), ("gt0.4", True), ("lt0.5", False)):
        found = bench.ids("RiskAssessment", scope | {"probability": written})
        wanted = {made["id"]} if finds else set()
        expect(found == wanted, f"probability={written} found {len(found)}, not {len(wanted)}.")


def a_uri_search_finds_the_whole_address_only(bench: Bench) -> None:
    bench.claims.need_parameter("Questionnaire", "url")
    bench.claims.need("Questionnaire", "create", "read")
    url = f"{SYSTEM}/Questionnaire/{new_value()}"
    made = bench.create(questionnaire(url))
    expect(bench.ids("Questionnaire", {"url": url}) == {made["id"]}, "url does not find it.")
    expect(not bench.ids("Questionnaire", {"url": url[:-3]}), "url finds by a part of an address.")
    expect(not bench.ids("Questionnaire", {"url": url.upper()}), "url does not heed case.")


def a_composite_search_wants_both_parts_in_one_place(bench: Bench) -> None:
    bench.claims.need_parameter("Observation", "code-value-quantity", "identifier")
    bench.claims.need("Observation", "create", "read")
    value = new_value()
    made = bench.create(observation(value, bench.person))
    scope = {"identifier": f"{SYSTEM}|{value}"}
    for written, finds in (
        ("http://loinc.org|29463-7$gt70", True),
        ("http://loinc.org|29463-7$gt80", False),
        ("http://loinc.org|8302-2$gt70", False),
    ):
        found = bench.ids("Observation", scope | {"code-value-quantity": written})
        wanted = {made["id"]} if finds else set()
        expect(found == wanted, f"code-value-quantity={written} found {len(found)}.")


def a_comma_means_or_and_a_repeated_parameter_means_and(bench: Bench) -> None:
    kind, made = bench.three
    bench.claims.need_parameter(kind.type, "identifier")
    ones = [f"{SYSTEM}|{one['identifier'][0]['value']}" for one in made]
    found = bench.ids(kind.type, {"identifier": f"{ones[0]},{ones[1]}"})
    expect(found == {made[0]["id"], made[1]["id"]}, "Two values with a comma do not find both.")
    both = [("identifier", ones[0]), ("identifier", ones[1])]
    expect(not bench.ids(kind.type, both), "A repeated parameter finds what meets only one.")


def the_modifier_not_leaves_out_what_has_the_code(bench: Bench) -> None:
    kind, made = bench.three
    name, code = ("status", "final") if kind is OBSERVATION else ("gender", "female")
    bench.claims.need_parameter(kind.type, name)
    scope = bench.scoped(kind, made)
    found = _ids(bench.search_if_known(kind.type, [*scope, (f"{name}:not", code)]))
    expect(not found & _all(made), f"{name}:not={code} finds what has that code.")
    found = _ids(bench.search_if_known(kind.type, [*scope, (f"{name}:not", "unknown")]))
    expect(_all(made) <= found, f"{name}:not=unknown does not find what has another code.")


def the_modifier_missing_tells_apart_what_is_there(bench: Bench) -> None:
    kind, made = bench.three
    name = _PARAMETER_BY_TYPE[kind.type]
    bench.claims.need_parameter(kind.type, name)
    scope = bench.scoped(kind, made)
    for missing in ("true", "false"):
        found = _ids(bench.search_if_known(kind.type, [*scope, (f"{name}:missing", missing)]))
        wanted = set() if missing == "true" else _all(made)
        expect(found & _all(made) == wanted, f"{name}:missing={missing} finds the wrong ones.")


def an_id_finds_that_one(bench: Bench) -> None:
    kind, made = bench.three
    found = bench.ids(kind.type, {"_id": str(made[1]["id"])})
    expect(found == {made[1]["id"]}, f"_id found {len(found)}, or another.")


def last_updated_finds_what_was_changed_since(bench: Bench) -> None:
    kind, made = bench.three
    scope = bench.scoped(kind, made)
    moment = (made[0].get("meta") or {}).get("lastUpdated")
    if not moment:
        raise NotOffered("The server tells no meta.lastUpdated.")
    found = bench.ids(kind.type, [*scope, ("_lastUpdated", f"ge{moment}")])
    expect(_all(made) <= found, "_lastUpdated=ge… does not find what was changed since.")
    found = bench.ids(kind.type, [*scope, ("_lastUpdated", "lt2000-01-01")])
    expect(not found, "_lastUpdated=lt2000-01-01 finds what was made today.")


def a_search_in_a_compartment_stays_in_it(bench: Bench) -> None:
    claimed = bench.claims.rest.get("compartment") or ()
    if not any(str(one).lower().endswith("/patient") for one in claimed):
        raise NotOffered("The server does not claim the Patient compartment.")
    bench.claims.need("Observation", "create", "read", "search-type")
    made = bench.create(observation(new_value(), bench.person))
    other = address(bench.create(patient(new_value())))
    theirs = bench.ids(f"{bench.person}/Observation", {"_count": "50"})
    expect(made["id"] in theirs, "The person's compartment does not hold what is about them.")
    expect(not bench.ids(f"{other}/Observation", {}), "A new person's compartment is not empty.")


def _ids(bundle: Json) -> set[str]:
    return {str(one.get("id")) for one in matches(bundle)}


def _all(made: list[Json]) -> set[str]:
    return {str(one["id"]) for one in made}


REQUIREMENTS = rows(
    Group.SEARCH,
    (
        (MUST, R4 + "search.html#token", a_token_search_finds_by_system_and_code),
        (MUST, R4 + "search.html#string", a_string_search_finds_the_start_of_a_word_in_any_case),
        (SHOULD, R4 + "search.html#string", a_string_search_does_not_mind_accents),
        (MUST, R4 + "search.html#modifiers", the_modifiers_of_a_string_hold_to_what_they_say),
        (
            MUST,
            R4 + "search.html#reference",
            a_reference_search_takes_an_id_and_both_forms_of_address,
        ),
        (MUST, R4 + "search.html#prefix", a_date_search_heeds_its_prefixes),
        (MUST, R4 + "search.html#date", a_date_search_takes_a_month_as_the_whole_month),
        (MUST, R4 + "search.html#quantity", a_quantity_search_heeds_value_and_unit),
        (MUST, R4 + "search.html#number", a_number_search_heeds_its_prefixes),
        (MUST, R4 + "search.html#uri", a_uri_search_finds_the_whole_address_only),
        (MUST, R4 + "search.html#composite", a_composite_search_wants_both_parts_in_one_place),
        (MUST, R4 + "search.html#combining", a_comma_means_or_and_a_repeated_parameter_means_and),
        (MUST, R4 + "search.html#modifiers", the_modifier_not_leaves_out_what_has_the_code),
        (MUST, R4 + "search.html#modifiers", the_modifier_missing_tells_apart_what_is_there),
        (MUST, R4 + "search.html#all", an_id_finds_that_one),
        (SHOULD, R4 + "search.html#all", last_updated_finds_what_was_changed_since),
        (MUST, R4 + "search.html#Introduction", a_search_in_a_compartment_stays_in_it),
    ),
)
