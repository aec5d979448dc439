"""What this service says to people is as plain as it asks others to be."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.fhir.library import of_type
from app.what_matters import attainment, goal, help_chain, looked_words, pco_measures, review
from app.what_matters.plain_language import READING_AGE, Kind, check
from app.what_matters.plain_words import WordList, shipped_words
from app.what_matters.reading_age import readability
from app.what_matters.who_has_looked import Look, tell
from tests.papers import ROOT

_MESSAGE = re.compile(r"[A-Z][^\n]*[.!?]", re.DOTALL)
LEAST_WORDS = 4
# Whoever writes programs for this record knows these; nobody else is shown a message with them.
KNOWN_TO_INTEGRATORS = frozenset(
    (
        *(
            "ASCII",
            "CDATA",
            "CIS2",
            "FHIR",
            "JSON",
            "JWT",
            "NUL",
            "R4",
            "SMART",
            "UCUM",
            "XHTML",
            "XML",
        ),
        *("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT", "MB", "SQL", "URL"),
    )
)
# Remarks that stand, each by where the message is and what is remarked upon.
STANDING = {
    ("access/changes.py", "long sentence"): "for integrators: who may change what is one list",
    ("access/limits.py", "failed"): "a sign-in fails, and nobody is blamed",
    ("endpoints/open_documents.py", "long sentence"): "the policy, in one sentence as access.md",
    ("fhir/questionnaire_rules.py", "required"): "the name of an element",
    ("fhir/questionnaire_rules.py", "should be"): "about a value, and not a person",
    ("fhir/reference_check.py", "long sentence"): "for integrators: the forms of a reference",
    ("fhir/resource_rules.py", "assessment"): "the name of an element",
    ("fhir/search_values.py", "long sentence"): "for integrators: the forms of a value",
    ("fhir/terminology_operations.py", "requires"): "R4's own word for a binding",
    ("interactions/delete.py", "refer to"): "one entry refers to another",
    ("interactions/one_number.py", "long sentence"): "for integrators: each way to go on",
    ("interactions/own_ties.py", "long sentence"): "for integrators: who says what",
    ("operations/match.py", "long sentence"): "for integrators: each way to ask",
    ("operations/match_question.py", "long sentence"): "for integrators: each way to ask",
}
# Short of the aim as a whole: their few sentences are those that stand above.
HARDER = frozenset(("endpoints/open_documents.py", "interactions/one_number.py"))


def messages(source: str) -> Iterator[str]:
    """Every sentence that a module may say: its strings, those that document it left out."""
    tree = ast.parse(source)
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) is str and id(node) not in documents:
            said = node.value
            if _MESSAGE.fullmatch(said) and len(said.split()) >= LEAST_WORDS:
                yield said


def our_messages() -> dict[str, list[str]]:
    """What each module of the service says to whoever asks. The command line and the kit speak to
    those who run the house and who write programs; settings to the first of them."""
    found = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        name = path.relative_to(ROOT / "app").as_posix()
        if not name.startswith(("cli/", "conformance/")) and name != "settings.py":
            said = list(messages(path.read_text(encoding="utf-8")))
            if said:
                found[name] = said
    return found


MESSAGES = our_messages()
WORDS = shipped_words().with_local(WordList(known=KNOWN_TO_INTEGRATORS))


def remarked(name: str) -> set[tuple[str, str]]:
    """What is remarked upon in the messages of a module, but for their reading age."""
    return {
        (name, "long sentence" if one.kind is Kind.LONG_SENTENCE else one.found)
        for said in MESSAGES[name]
        for one in check(said, WORDS).remarks
        if one.kind is not Kind.READING_AGE
    }


def age(text: str) -> float:
    measured = readability(text).reading_age
    assert measured is not None
    return measured


def test_what_we_say_no_with_is_plain_but_for_what_stands_here_with_its_reason() -> None:
    assert set().union(*map(remarked, MESSAGES)) == STANDING.keys()


@pytest.mark.parametrize("name", sorted(MESSAGES.keys() - HARDER))
def test_the_messages_of_a_module_can_be_read_at_the_age_of_eleven(name: str) -> None:
    measured = readability(" ".join(MESSAGES[name])).reading_age
    assert measured is None or measured <= READING_AGE


def test_all_our_messages_together_can_be_read_at_the_age_of_nine() -> None:
    assert age(" ".join(one for some in MESSAGES.values() for one in some)) <= 9


def every_look() -> Iterator[Look]:
    """One of each sentence that tells who has looked."""
    when = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    for act in looked_words.DONE:
        for what in [one for one in looked_words.WHAT if one != "more"]:
            for refused in (False, True):
                where = "Organization/surgery"
                role, why = "practitioner", "TREAT"
                yield Look(when, where, "Wella Bray", role, where, act, (what,), why, refused)


def test_who_has_looked_is_told_in_plain_words_in_one_sentence_that_is_long() -> None:
    # Not within a reading age of 11: each sentence holds who, what, when and why, so that it can
    # be read by itself. Its words are short ones; its length is what stands here with its reason.
    names = {"Organization/surgery": "the Harbour Surgery"}
    told = [one.sentence for one in tell(every_look(), names, UTC)]
    assert len(told) > 400
    remarks = {one.kind for said in told for one in check(said).remarks}
    assert remarks <= {Kind.LONG_SENTENCE, Kind.READING_AGE}
    assert max(len(one.split()) for one in told) <= 40
    assert age(" ".join(told).replace(",", ".")) <= READING_AGE


def enums(*kinds: type) -> list[str]:
    return [str(one) for kind in kinds for one in kind]  # type: ignore[attr-defined]


def test_the_words_for_states_reasons_and_steps_are_plain() -> None:
    told = [
        *enums(goal.LettingGo, goal.Standing, goal.Move, help_chain.Overdue, review.Why),
        *enums(pco_measures.Why),
        *help_chain.WORDS_BY_ROOM.values(),
        *(f"It is {words}." for words in attainment.WORDS_BY_LEVEL.values()),
    ]
    assert age(". ".join(told)) <= READING_AGE
    assert [(one.kind, one.found) for said in told for one in check(said).remarks] == []


def test_what_our_definitions_say_of_themselves_is_plain() -> None:
    told = [
        str(shipped.tree.get("description", ""))
        for type in ("StructureDefinition", "CodeSystem", "ValueSet")
        for shipped in of_type(type)
    ]
    assert age(" ".join(told)) <= READING_AGE
