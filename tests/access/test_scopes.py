import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import scopes
from app.access.scopes import Scope
from app.fhir.resource_types import RESOURCE_TYPES

LABORATORY = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("system/Goal.cruds", Scope("system", "Goal", "cruds")),
        ("user/*.rs", Scope("user", "*", "rs")),
        ("patient/Patient.r", Scope("patient", "Patient", "r")),
        ("system/Goal.cud", Scope("system", "Goal", "cud")),
        ("system/Goal.read", Scope("system", "Goal", "rs")),
        ("system/Goal.write", Scope("system", "Goal", "cud")),
        ("system/*.*", Scope("system", "*", "cruds")),
        (
            f"system/Observation.rs?category={LABORATORY}",
            Scope("system", "Observation", "rs", (f"category={LABORATORY}",)),
        ),
        (
            "system/Goal.r?status=active&_tag=http://x|y",
            Scope("system", "Goal", "r", ("_tag=http://x|y", "status=active")),
        ),
        ("system/Goal.r?_tag=a=b", Scope("system", "Goal", "r", ("_tag=a=b",))),
    ],
)
def test_a_scope_in_the_grammar_is_read(text: str, scope: Scope) -> None:
    assert scopes.parse(text) == (scope,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "openid",
        "launch/patient",
        "system/Goal",
        "system/Goal.",
        "system/Goal.dus",
        "system/Goal.sr",
        "system/Goal.rr",
        "system/Goal.R",
        "system/Goal.reads",
        "system/Goal.rs.rs",
        "system/Goal.r*",
        "System/Goal.rs",
        "system/goal.rs",
        "system/Goals.rs",
        "system/Medication.rs",
        "system/Go*.rs",
        "system%2FGoal.rs",
        "system/../Goal.rs",
        "admin/Goal.rs",
        "/Goal.rs",
        "system/Goal.rs\n",
        "system/Goal.rs\tsystem/Task.rs",
        "system/Goal.rs?",
        "system/Goal.rs?category",
        "system/Goal.rs?category=",
        "system/Goal.rs?category=|",
        "system/Goal.rs?category=|x",
        "system/Goal.rs?category=http://x|",
        "system/Goal.rs?category=a|b|c",
        "system/Goal.rs?category=a,b",
        "system/Goal.rs?category=a%7Cb",
        "system/Goal.rs?category:in=a",
        "system/Goal.rs?category:not=a",
        "system/Goal.rs?patient=Patient/1",
        "system/Goal.rs?subject:Patient.name=x",
        "system/Goal.rs?_filter=status eq active",
        "system/Goal.rs?_filter=status",
        "system/Goal.rs?category=a&unknown=b",
        "system/Goal.rs?category=a&",
        "system/Goal.read?category=a",
    ],
)
def test_a_scope_outside_the_grammar_grants_nothing(text: str) -> None:
    assert scopes.parse(text) == ()


def test_what_is_not_understood_does_not_spoil_its_neighbours() -> None:
    assert scopes.parse("openid system/Goal.r  system/Goal.dr system/Goal.r") == (
        Scope("system", "Goal", "r"),
    )


def in_the_grammar(word: str) -> bool:
    """A second reading of the grammar, without constraints, in no hurry."""
    context, slash, rest = word.partition("/")
    type, dot, rights = rest.partition(".")
    if not (slash and dot) or context not in ("patient", "user", "system"):
        return False
    if type != "*" and type not in RESOURCE_TYPES:
        return False
    if rights in ("read", "write", "*"):
        return True
    return bool(rights) and rights == "".join(letter for letter in "cruds" if letter in rights)


near_scopes = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["patient", "user", "system", "System", ""]),
    st.sampled_from(["/", "//", "."]),
    st.sampled_from(["*", "Goal", "AuditEvent", "goal", "Nothing", ""]),
    st.sampled_from([".", "", "?"]),
    st.one_of(st.text("cruds*", max_size=6), st.sampled_from(["read", "write", "Read"])),
)


@given(st.one_of(st.text(), near_scopes, st.lists(near_scopes, max_size=3).map(" ".join)))
def test_random_text_is_in_the_grammar_or_grants_the_empty_set(text: str) -> None:
    words = {word for word in text.split(" ") if in_the_grammar(word)}

    found = scopes.parse(text)

    if "?" not in text:
        assert bool(found) == bool(words)
    assert len(found) <= len(text.split(" "))
    for scope in found:
        assert scope.letters
        assert scope.letters == "".join(one for one in "cruds" if one in scope.letters)
        assert scope.type == "*" or scope.type in RESOURCE_TYPES


def test_no_scope_for_the_letter_or_the_type_or_the_context_allows_nothing() -> None:
    held = scopes.parse("system/Goal.r")
    assert scopes.allowed(held, {"system"}, "Goal", "r") == ()
    assert scopes.allowed(held, {"system"}, "Goal", "s") is None
    assert scopes.allowed(held, {"system"}, "Task", "r") is None
    assert scopes.allowed(held, {"user", "patient"}, "Goal", "r") is None
    assert scopes.allowed(held, set(), "Goal", "r") is None


def test_constraints_of_two_scopes_are_alternatives() -> None:
    held = scopes.parse("system/Goal.rs?category=a system/*.r?status=b&_tag=c")
    assert scopes.allowed(held, {"system"}, "Goal", "r") == (
        ("_tag=c", "status=b"),
        ("category=a",),
    )
    assert scopes.allowed(held, {"system"}, "Goal", "s") == (("category=a",),)


def test_a_scope_without_a_constraint_lifts_the_constraint_of_another() -> None:
    held = scopes.parse("system/Goal.rs?category=a system/Goal.r")
    assert scopes.allowed(held, {"system"}, "Goal", "r") == ()
    assert scopes.allowed(held, {"system"}, "Goal", "s") == (("category=a",),)


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        ("system/*.cruds", "system/Goal.rs", True),
        ("system/*.cruds", "system/*.r", True),
        ("system/*.cruds", "user/Goal.r", False),
        ("system/Goal.rs", "system/*.rs", False),
        ("system/Goal.rs", "system/Goal.crs", False),
        ("system/Goal.r system/Goal.s", "system/Goal.rs", True),
        ("system/Goal.r?category=a", "system/Goal.r", False),
        ("system/Goal.r?category=a", "system/Goal.r?category=b", False),
        ("system/Goal.r?category=a", "system/Goal.r?category=a&status=b", True),
        ("system/Goal.r", "system/Goal.r?category=a", True),
    ],
)
def test_a_scope_covers_what_is_within_it(held: str, wanted: str, covered: bool) -> None:
    (scope,) = scopes.parse(wanted)
    assert scopes.covers(scopes.parse(held), scope) is covered
