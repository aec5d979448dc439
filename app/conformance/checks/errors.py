"""Errors: their statuses, and an OperationOutcome that a person can act on.

Spec: https://hl7.org/fhir/R4/http.html#Status-Codes, https://hl7.org/fhir/R4/operationoutcome.html
"""

import json
import re
from uuid import uuid4

from app.conformance.bench import Bench, address
from app.conformance.exchange import Answer
from app.conformance.requirement import GUIDE, R4, Group, rows
from app.conformance.unmet import expect
from app.conformance.verdict import MUST, SHOULD

_RFC = "https://www.rfc-editor.org/rfc/rfc9110"
_SEVERITIES = frozenset(("fatal", "error", "warning", "information"))
# What programs print when they fall over, in the languages that servers are written in.
_TRACES = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]+\.py\", line|\.java:\d+\)"
    r"|^\s*at [\w.$<>]+\([^)]*:\d+|\.cs:line \d+|node_modules/|goroutine \d+ \[|SQLSTATE",
    re.MULTILINE,
)
_SENT = "words-that-should-not-come-back"


def malformed_json_is_400(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.caller.ask("POST", kind.type, b'{"resourceType": "Patient", ')
    answer.must_be(400, when="Sent JSON that breaks off")


def a_body_of_another_type_than_the_address_is_refused(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.caller.ask("POST", kind.type, {"resourceType": "Basic", "code": {"text": "x"}})
    answer.must_be(400, 422, when=f"Posted a Basic to {kind.type}")


def a_code_that_r4_does_not_have_is_refused(bench: Bench) -> None:
    kind = bench.kind()
    name = "status" if kind.type == "Observation" else "gender"
    answer = bench.caller.ask("POST", kind.type, bench.body(kind) | {name: "no-such-code"})
    answer.must_be(400, 422, when=f"Created with a {name} that R4 does not have")


def an_element_that_r4_does_not_have_is_refused(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.caller.ask("POST", kind.type, bench.body(kind) | {"favouriteColour": "blue"})
    answer.must_be(400, 422, when="Created with an element that R4 does not have")


def a_value_of_the_wrong_type_is_refused(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.caller.ask("POST", kind.type, bench.body(kind) | {kind.element: ["2026"]})
    answer.must_be(400, 422, when="Created with a list where one value belongs")


def a_refused_update_changes_nothing(bench: Bench) -> None:
    kind = bench.kind("update")
    made = bench.make(kind)
    wrong = made | {kind.element: "the day before yesterday"}
    answer = bench.caller.ask("PUT", address(made), wrong)
    answer.must_be(400, 422, when="Updated with a date that is none")
    found = bench.read(address(made)).json
    expect(found == made, "An update that was refused has changed something.")


def an_error_says_where_the_fault_is(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.caller.ask("POST", kind.type, bench.body(kind) | {kind.element: "yesterday"})
    answer.must_be(400, 422, when="Created with a date that is none")
    places = [
        str(place)
        for issue in answer.json.get("issue") or ()
        for place in (*(issue.get("expression") or ()), *(issue.get("location") or ()))
    ]
    named = any(kind.element.removesuffix("DateTime") in place for place in places)
    expect(named, "No issue names the element that is at fault (expression).")


def every_error_is_an_operation_outcome(bench: Bench) -> None:
    for what, answer in _errors(bench):
        answer.must_refuse(when=what)
        kind = answer.resource_type
        expect(kind == "OperationOutcome", f"{what}, the body is no OperationOutcome.")


def every_issue_has_a_severity_and_a_code(bench: Bench) -> None:
    for what, answer in _errors(bench):
        issues = answer.json.get("issue")
        expect(issues, f"{what}, the OperationOutcome has no issue.")
        for issue in issues or ():
            expect(issue.get("severity") in _SEVERITIES, f"{what}, an issue has no severity.")
            expect(issue.get("code"), f"{what}, an issue has no code.")


def every_error_says_in_words_what_is_wrong(bench: Bench) -> None:
    for what, answer in _errors(bench):
        for issue in answer.json.get("issue") or ():
            said = (issue.get("details") or {}).get("text") or issue.get("diagnostics")
            expect(said, f"{what}, an issue says nothing a person can read.")


def no_error_shows_the_inside_of_the_server(bench: Bench) -> None:
    for what, answer in _errors(bench):
        expect(answer.status < 500, f"{what}, the server fell over: {answer.status}.")
        expect(not _TRACES.search(_unescaped(answer)), f"{what}, the answer has a stack trace.")


def no_error_repeats_what_was_sent(bench: Bench) -> None:
    kind = bench.kind()
    for name, value in ((kind.element, _SENT), ("language", [_SENT]), (_SENT, "x")):
        answer = bench.caller.ask("POST", kind.type, bench.body(kind) | {name: value})
        if answer.status >= 400 and name != _SENT:
            expect(_SENT not in answer.text, "An error repeats what was sent: it may be personal.")


def a_type_that_is_not_known_is_404(bench: Bench) -> None:
    answer = bench.caller.ask("GET", "NoSuchTypeOfTheKit/1")
    answer.must_be(404, when="Asked for a type that there is not")


def a_method_that_is_not_taken_is_405(bench: Bench) -> None:
    answer = bench.caller.ask("DELETE", "metadata")
    answer.must_be(405, when="Asked to delete the CapabilityStatement")


def a_body_in_another_form_is_415(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.caller.ask("POST", kind.type, b"hello", headers={"Content-Type": "text/plain"})
    answer.must_be(415, when="Sent plain text")


def _errors(bench: Bench) -> list[tuple[str, Answer]]:
    """What goes wrong in different ways, each with the words for it."""
    kind = bench.kind()
    ask = bench.caller.ask
    body = bench.body(kind)
    return [
        ("Reading an id that never was", ask("GET", f"{kind.type}/{uuid4().hex}")),
        ("Sent JSON that breaks off", ask("POST", kind.type, b'{"resourceType"')),
        ("Sent JSON that is no object", ask("POST", kind.type, b"[1, 2]")),
        ("Created with a wrong type", ask("POST", kind.type, body | {kind.element: [{}]})),
        ("Created with a wrong date", ask("POST", kind.type, body | {kind.element: "\u0007'--"})),
        ("Asked for an address that is none", ask("GET", "NoSuchTypeOfTheKit/1")),
    ]


def _unescaped(answer: Answer) -> str:
    """The text, with the line ends and quotes of its JSON strings as they would be printed."""
    try:
        return json.dumps(json.loads(answer.content)).replace("\\n", "\n").replace('\\"', '"')
    except ValueError:
        return answer.text


REQUIREMENTS = rows(
    Group.ERRORS,
    (
        (MUST, R4 + "http.html#create", malformed_json_is_400),
        (MUST, R4 + "http.html#create", a_body_of_another_type_than_the_address_is_refused),
        (MUST, R4 + "terminologies.html#required", a_code_that_r4_does_not_have_is_refused),
        (SHOULD, R4 + "validation.html", an_element_that_r4_does_not_have_is_refused),
        (MUST, R4 + "validation.html", a_value_of_the_wrong_type_is_refused),
        (MUST, R4 + "http.html#update", a_refused_update_changes_nothing),
        (SHOULD, R4 + "operationoutcome.html", an_error_says_where_the_fault_is),
        (SHOULD, R4 + "http.html#Status-Codes", every_error_is_an_operation_outcome),
        (MUST, R4 + "operationoutcome.html", every_issue_has_a_severity_and_a_code),
        (SHOULD, GUIDE + "#errors", every_error_says_in_words_what_is_wrong),
        (MUST, GUIDE + "#errors", no_error_shows_the_inside_of_the_server),
        (SHOULD, GUIDE + "#errors", no_error_repeats_what_was_sent),
        (MUST, R4 + "http.html", a_type_that_is_not_known_is_404),
        (SHOULD, f"{_RFC}#section-15.5.6", a_method_that_is_not_taken_is_405),
        (SHOULD, f"{_RFC}#section-15.5.16", a_body_in_another_form_is_415),
    ),
)
