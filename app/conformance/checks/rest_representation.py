"""REST basics: the form of what goes over the wire, and that nothing is lost on the way.

Spec: https://hl7.org/fhir/R4/http.html#mime-type, https://hl7.org/fhir/R4/json.html
"""

import json
from decimal import Decimal

from app.conformance.bench import Bench, address
from app.conformance.made_up import WORDS, observation
from app.conformance.requirement import R4, Group, rows
from app.conformance.unmet import expect
from app.conformance.verdict import MUST, SHOULD

# Each would be changed by a reader that takes numbers for binary fractions.
_DECIMALS = ("1.10", "0.010", "12345678901234.567", "100.00")


def an_answer_says_that_it_is_fhir_json(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.read(address(bench.make(kind)))
    media_type = answer.headers.get("content-type", "").split(";")[0].strip()
    expect(
        media_type == "application/fhir+json",
        f"A read's Content-Type is {media_type or 'absent'}, and not application/fhir+json.",
    )


def a_decimal_keeps_the_digits_it_was_written_with(bench: Bench) -> None:
    bench.claims.need("Observation", "create", "read")
    for written in _DECIMALS:
        body = observation(f"kit-decimal-{written}", bench.person)
        body["valueQuantity"]["value"] = "@"
        sent = json.dumps(body).replace('"@"', written).encode()
        place = address(bench.create(sent, type="Observation"))
        found = json.loads(bench.read(place).text, parse_float=Decimal, parse_int=Decimal)
        value = str(found["valueQuantity"]["value"])
        expect(value == written, f"The decimal {written} came back as {value}.")


def words_in_any_script_come_back_as_written(bench: Bench) -> None:
    bench.claims.need("Observation", "create", "read")
    found = bench.create(observation("kit-words", bench.person))
    expect(found["code"]["text"] == WORDS, "A person's words came back changed.")


def an_extension_that_the_server_does_not_know_is_kept(bench: Bench) -> None:
    kind = bench.kind()
    extension = [{"url": "https://whatmatters.example/fhir/conformance-kit/x", "valueString": "y"}]
    found = bench.create(bench.body(kind) | {"extension": extension})
    expect(found.get("extension") == extension, "An unknown extension was lost or changed.")


def the_format_may_be_asked_for_in_the_address(bench: Bench) -> None:
    place = address(bench.make(bench.kind()))
    answer = bench.caller.ask(
        "GET", place, params={"_format": "json"}, headers={"Accept": "text/html"}
    )
    answer.must_be(200, when="Asked with _format=json")
    expect(answer.resource_type, "Asked with _format=json, the answer is not JSON.")


def a_form_that_is_not_offered_is_406(bench: Bench) -> None:
    place = address(bench.make(bench.kind()))
    answer = bench.caller.ask("GET", place, headers={"Accept": "image/png"})
    answer.must_be(406, when="Asked for an image")


def a_write_gives_the_representation_that_is_preferred(bench: Bench) -> None:
    kind = bench.kind()
    for preference, wanted in (
        ("minimal", ""),
        ("representation", kind.type),
        ("OperationOutcome", "OperationOutcome"),
    ):
        answer = bench.caller.ask(
            "POST", kind.type, bench.body(kind), headers={"Prefer": f"return={preference}"}
        )
        answer.must_be(201, when=f"Creating with Prefer: return={preference}")
        if preference == "minimal":
            expect(not answer.content.strip(), "With Prefer: return=minimal there is a body.")
            continue
        expect(
            answer.resource_type == wanted,
            f"With Prefer: return={preference} the body is: {answer.resource_type or 'nothing'}.",
        )


REQUIREMENTS = rows(
    Group.REST,
    (
        (MUST, R4 + "http.html#mime-type", an_answer_says_that_it_is_fhir_json),
        (MUST, R4 + "datatypes.html#decimal", a_decimal_keeps_the_digits_it_was_written_with),
        (MUST, R4 + "datatypes.html#string", words_in_any_script_come_back_as_written),
        (SHOULD, R4 + "extensibility.html", an_extension_that_the_server_does_not_know_is_kept),
        (SHOULD, R4 + "http.html#parameters", the_format_may_be_asked_for_in_the_address),
        (SHOULD, R4 + "http.html#mime-type", a_form_that_is_not_offered_is_406),
        (SHOULD, R4 + "http.html#ops", a_write_gives_the_representation_that_is_preferred),
    ),
)
