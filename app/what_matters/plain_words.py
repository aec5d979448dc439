"""Words that make a text hard to read, or hurt, and the kinder or plainer ones: a list as data,
which a place can add to and take from with a file of its own in the same form.

Form: {"known": ["NHS"], "allowed": ["setting"], "words": [{"kind": "jargon", "avoid": ["referral"],
"instead": "request for help", "source": "ours"}]}; each part may be left out. `known` are
abbreviations that need no explaining, `allowed` takes words off the list. A # stands for a number.
Source: the NHS digital service manual, A to Z of NHS health writing (Open Government Licence 3.0),
and, for what it has no word for, this project.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from app.errors import Invalid, Issue
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json

SHIPPED = Path(__file__).with_name("plain_words.json")
KINDS = ("jargon", "unkind", "tone")
_LONGEST, _MOST = 80, 5_000


@dataclass(frozen=True, slots=True)
class Advice:
    """What to write instead. kind: one of `KINDS`."""

    kind: str
    instead: str


@dataclass(frozen=True, slots=True)
class WordList:
    """advice: by the words to avoid, lower case unless they are an abbreviation. known:
    abbreviations that need no explaining."""

    advice: Mapping[str, Advice] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()

    def with_local(self, local: "WordList") -> "WordList":
        """This list with a place's own: its advice goes before, and what it allows is taken off."""
        joined = {**self.advice, **local.advice}
        kept = {avoid: one for avoid, one in joined.items() if avoid not in local.allowed}
        return WordList(kept, self.known | local.known, local.allowed)


@cache
def shipped_words() -> WordList:
    """The list that comes along."""
    return words_from(SHIPPED.read_bytes())


def words_from(raw: bytes) -> WordList:
    """A list from its file. Raises Malformed for what is no JSON object, and Invalid, with every
    fault at its place, for a list of another form."""
    tree = parse(raw)
    faults: list[Issue] = []
    advice: dict[str, Advice] = {}
    rows = _rows(tree, faults)
    for n, row in enumerate(rows):
        kind, instead = row.get("kind", "jargon"), row.get("instead")
        avoid = _strings(row.get("avoid"), f"words[{n}].avoid", faults)
        if kind not in KINDS:
            said = f"A kind is one of {', '.join(KINDS)}."
            faults.append(Issue("code-invalid", said, f"words[{n}].kind"))
        if type(instead) is not str or not instead.strip():
            faults.append(Issue("required", "Say what to write instead.", f"words[{n}].instead"))
        elif not avoid:
            faults.append(Issue("required", "Say which words to avoid.", f"words[{n}].avoid"))
        else:
            advice.update({folded(one): Advice(str(kind), instead) for one in avoid})
    known = _strings(tree.get("known", []), "known", faults)
    allowed = _strings(tree.get("allowed", []), "allowed", faults)
    if faults:
        raise Invalid(faults)
    return WordList(advice, frozenset(known), frozenset(map(folded, allowed)))


def folded(words: str) -> str:
    """Words as they are looked up: with single spaces, and in lower case, but for an abbreviation
    ("DNA", "ADLs"), which is another word in lower case."""
    plain = " ".join(words.split())
    return plain if is_abbreviation(plain) else plain.lower()


def is_abbreviation(word: str) -> bool:
    """Whether a word is capitals, but for an s or 's at its end."""
    stem = word.removesuffix("'s").removesuffix("\u2019s").removesuffix("s")
    return len(stem) > 1 and stem.replace("&", "").isalnum() and stem.isupper()


def _rows(tree: Json, faults: list[Issue]) -> list[Json]:
    rows = tree.get("words", [])
    if type(rows) is not list or any(type(row) is not dict for row in rows):
        said = "The words are a list of objects, each with avoid and instead."
        faults.append(Issue("structure", said, "words"))
        return []
    if len(rows) > _MOST:
        faults.append(Issue("too-long", f"A list has at most {_MOST} rows.", "words"))
        return []
    return rows


def _strings(value: object, place: str, faults: list[Issue]) -> Iterable[str]:
    if type(value) is not list or any(type(one) is not str for one in value):
        faults.append(Issue("structure", "This is a list of words.", place))
        return []
    if any(not one.strip() or len(one) > _LONGEST for one in value):
        said = f"A word or phrase has from 1 to {_LONGEST} letters."
        faults.append(Issue("value", said, place))
        return []
    return value
