"""Search: what is not understood must not widen what is found.

R4 lets a server leave out a parameter that it does not know. In a record of people, whoever
mistypes `patient` would then be given everybody; so this guide asks for a refusal, unless the
caller says that leniency will do.

Spec: https://hl7.org/fhir/R4/search.html#errors
"""

from app.conformance.bench import Bench, link_of, searchset
from app.conformance.requirement import GUIDE, R4, Group, rows
from app.conformance.unmet import expect
from app.conformance.verdict import MUST, SHOULD

_UNKNOWN = "parameter-that-no-server-knows"


def an_unknown_parameter_is_not_answered_with_everything(bench: Bench) -> None:
    kind, _ = bench.three
    answer = bench.caller.ask("GET", kind.type, params={_UNKNOWN: "1"})
    answer.must_refuse(when="Searched by a parameter that no server knows")


def strict_handling_refuses_an_unknown_parameter(bench: Bench) -> None:
    kind, made = bench.three
    answer = bench.caller.ask(
        "GET",
        kind.type,
        params=[*bench.scoped(kind, made), (_UNKNOWN, "1")],
        headers={"Prefer": "handling=strict"},
    )
    answer.must_refuse(when="Searched strictly by a parameter that no server knows")


def lenient_handling_leaves_an_unknown_parameter_out_and_says_so(bench: Bench) -> None:
    kind, made = bench.three
    answer = bench.caller.ask(
        "GET",
        kind.type,
        params=[*bench.scoped(kind, made), (_UNKNOWN, "1")],
        headers={"Prefer": "handling=lenient"},
    )
    answer.must_be(200, when="Searched leniently by a parameter that no server knows")
    link = link_of(searchset(answer), "self") or ""
    expect(_UNKNOWN not in link, "The self link names a parameter that was not heeded.")


def a_value_that_cannot_be_read_is_refused(bench: Bench) -> None:
    kind, made = bench.three
    name = "date" if kind.type == "Observation" else "birthdate"
    bench.claims.need_parameter(kind.type, name)
    params = [*bench.scoped(kind, made), (name, "the-day-before-yesterday")]
    answer = bench.caller.ask("GET", kind.type, params=params)
    answer.must_refuse(when=f"Searched by a {name} that is no date")


def a_modifier_that_is_not_known_is_refused(bench: Bench) -> None:
    kind, made = bench.three
    bench.claims.need_parameter(kind.type, "identifier")
    params = [*bench.scoped(kind, made), ("identifier:nonsense", "1")]
    answer = bench.caller.ask("GET", kind.type, params=params)
    answer.must_refuse(when="Searched with a modifier that R4 does not have")


REQUIREMENTS = rows(
    Group.SEARCH,
    (
        (MUST, GUIDE + "#search", an_unknown_parameter_is_not_answered_with_everything),
        (SHOULD, R4 + "search.html#errors", strict_handling_refuses_an_unknown_parameter),
        (
            SHOULD,
            R4 + "search.html#errors",
            lenient_handling_leaves_an_unknown_parameter_out_and_says_so,
        ),
        (SHOULD, R4 + "search.html#errors", a_value_that_cannot_be_read_is_refused),
        (MUST, R4 + "search.html#modifiers", a_modifier_that_is_not_known_is_refused),
    ),
)
