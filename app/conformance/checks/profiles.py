"""What-matters profiles: a server that claims one takes what is right by it, and nothing else.

Each shipped profile has examples, right ones and wrong ones, with the one fault of each wrong one.
They are judged by $validate, which stores nothing; a wrong one is also posted, to be refused.
"""

import json
from functools import partial
from pathlib import Path

from app.conformance.bench import Bench, new_value
from app.conformance.exchange import Answer
from app.conformance.made_up import WORDS, goal
from app.conformance.requirement import GUIDE, Group, Requirement, rows
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MUST, SHOULD
from app.fhir.resource_types import Json

BASE = "https://whatmatters.example/fhir"

_CLAUSE = GUIDE + "#profiles"
_ERRORS = ("error", "fatal")


def a_goal_in_a_person_s_own_words_needs_no_diagnosis(bench: Bench) -> None:
    bench.claims.need("Goal", "create", "read")
    found = bench.create(goal(new_value(), bench.person))
    expect(found["description"]["text"] == WORDS, "The person's words came back changed.")
    expect("addresses" not in found, "The server added a problem that nobody named.")


def requirements_of(examples: Path | None) -> tuple[Requirement, ...]:
    """Three requirements for each profile that has a folder of examples, in order of its id."""
    if examples is None or not examples.is_dir():
        return ()
    made = []
    for folder in sorted(one for one in examples.iterdir() if one.is_dir()):
        profile = folder.name
        word = profile.replace("-", "_")
        title = profile.replace("-", " ")
        for strength, identifier, name, check in (
            (
                MUST,
                f"{word}_takes_its_right_examples",
                f"The profile “{title}” takes its right examples",
                _takes_the_right,
            ),
            (
                MUST,
                f"{word}_refuses_its_wrong_examples",
                f"The profile “{title}” refuses its wrong examples",
                _refuses_the_wrong,
            ),
            (
                SHOULD,
                f"{word}_says_where_a_wrong_example_is_wrong",
                f"The profile “{title}” says where a wrong example is wrong",
                _says_where,
            ),
        ):
            made.append(
                Requirement(
                    f"profile_{identifier}",
                    name,
                    Group.PROFILES,
                    strength,
                    _CLAUSE,
                    partial(check, folder=folder),
                )
            )
    return tuple(made)


def _takes_the_right(bench: Bench, *, folder: Path) -> None:
    for path in sorted(folder.glob("valid-*.json")):
        errors = _errors(_validated(bench, folder.name, path))
        expect(not errors, f"{path.name} is right, and is refused: {'; '.join(errors)}")


def _refuses_the_wrong(bench: Bench, *, folder: Path) -> None:
    for path in sorted(folder.glob("invalid-*.json")):
        answer = _validated(bench, folder.name, path)
        expect(_errors(answer), f"{path.name} is wrong, and $validate finds no error in it.")
        resource = json.loads(path.read_bytes())
        claims = (resource.get("meta") or {}).get("profile") or ()
        if any(str(one).split("|")[0] == _canonical(folder.name) for one in claims):
            posted = bench.caller.ask("POST", str(resource["resourceType"]), path.read_bytes())
            posted.must_refuse(when=f"After {path.name} was posted, which is wrong")


def _says_where(bench: Bench, *, folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_bytes())
    for name, wanted in sorted(expected.items()):
        answer = _validated(bench, folder.name, folder / name)
        places = [
            str(place)
            for issue in answer.json.get("issue") or ()
            if issue.get("severity") in _ERRORS
            for place in issue.get("expression") or ()
        ]
        expect(
            places == [wanted["expression"]],
            f"In {name} the fault is at {wanted['expression']}; told was: {', '.join(places)}.",
        )


def _validated(bench: Bench, profile: str, path: Path) -> Answer:
    resource: Json = json.loads(path.read_bytes())
    kind = str(resource["resourceType"])
    if _canonical(profile) not in bench.claims.profiles(kind):
        raise NotOffered(f"The server does not claim to support {profile} for {kind}.")
    if not bench.claims.operation(kind, "validate"):
        raise NotOffered(f"The server does not claim $validate for {kind}.")
    params = {"profile": _canonical(profile)}
    answer = bench.caller.ask("POST", f"{kind}/$validate", path.read_bytes(), params=params)
    answer.must_be(200, 400, 422, when=f"Validating {path.name}")
    expect(answer.resource_type == "OperationOutcome", "$validate gives no OperationOutcome.")
    return answer


def _errors(answer: Answer) -> list[str]:
    return [
        str((issue.get("details") or {}).get("text") or issue.get("code"))
        for issue in answer.json.get("issue") or ()
        if issue.get("severity") in _ERRORS
    ]


def _canonical(profile: str) -> str:
    return f"{BASE}/StructureDefinition/{profile}"


REQUIREMENTS = rows(
    Group.PROFILES,
    ((MUST, _CLAUSE, a_goal_in_a_person_s_own_words_needs_no_diagnosis),),
)
