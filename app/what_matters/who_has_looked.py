"""Who has looked, in plain sentences: the AuditEvents of a person's record, told to that person.

Pure: events in, sentences out. The words are in looked_words.py.
Spec: https://hl7.org/fhir/R4/auditevent.html
"""

from binascii import Error, a2b_base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters import looked_words as words
from app.what_matters.days import date_in_words
from app.what_matters.language import Say, in_english
from app.what_matters.naming import printable

RECORD = "record"
MORE = "more"
_ACT_BY_CODE = {
    "read": "read",
    "vread": "read",
    "validate": "read",
    "history-instance": "old",
    "history-type": "old",
    "history-system": "old",
    "search-type": "search",
    "search-system": "search",
    "everything": "everything",
    "what-matters": "page",
    "journey": "journey",
    "said-and-done": "said-and-done",
    "told-once": "told-once",
    "goals-to-look-at": "to-look-at",
    "measures": "measures",
    "experience-scores": "experience-scores",
    "match": "match",
    "export-person": "copy",
    "erase-person": "erase",
    "sign-in": "sign-in",
    "sign-out": "sign-out",
    "untie-sign-in": "untie",
    "who-can-see": "can-see",
    "who-has-looked": "has-looked",
    "provenance": "came-from",
    "emergency-access": "emergency",
    "merge": "merge",
    "unmerge": "unmerge",
    "invite-supporter": "invite",
    "accept-invitation": "accept",
    "decline-invitation": "decline",
    "create": "create",
    "update": "change",
    "patch": "change",
    "delete": "remove",
    "batch": "change",
    "transaction": "change",
}
# One deed, which the logs of both records tell of.
_OF_TWO_RECORDS = frozenset(("merge", "unmerge"))
_BRINGS_MORE = frozenset(("_include", "_revinclude"))


@dataclass(frozen=True, slots=True)
class Look:
    """One AuditEvent, as far as it is told. who: the reference it is told under, or None for who
    did not sign in. what: types, or `RECORD`; with `MORE` for what a search brought along."""

    when: datetime
    who: str | None
    name: str | None
    role: str
    organisation: str | None
    act: str
    what: tuple[str, ...]
    why: str | None
    refused: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence, of one look or of equal ones on one day. start, end: of the first and the
    last. named: who it was, in words."""

    sentence: str
    start: datetime
    end: datetime
    times: int
    named: str
    look: Look


def look_of(event: Json) -> Look:
    """What an AuditEvent of ours tells."""
    askers = [one for one in nodes(event, "agent") if one.get("requestor") is True]
    asker = askers[0] if askers else {}
    references = [text(node_at(one, "who"), "reference") or "" for one in nodes(event, "agent")]
    organisations = [one for one in references if one.startswith("Organization/")]
    own = text(node_at(asker, "who"), "reference")
    codes = [text(one, "code") or "" for one in nodes(event, "subtype")]
    # What was done in an emergency says so of the whole event, and that says more than the token.
    uses = [*nodes(event, "purposeOfEvent"), *nodes(asker, "purposeOfUse")]
    purposes = [one for use in uses for one in nodes(use, "coding")]
    return Look(
        when=datetime.fromisoformat(event["recorded"]),
        who=own or (organisations[0] if organisations else None),
        name=text(asker, "name"),
        role=next((text(one, "text") or "" for one in nodes(asker, "role")), ""),
        organisation=organisations[0] if organisations else None,
        act=_ACT_BY_CODE.get(codes[-1] if codes else "", "other"),
        what=_what(event),
        why=next((text(one, "code") for one in purposes), None),
        refused=event.get("outcome") != "0",
    )


def tell(
    looks: Iterable[Look], names: Mapping[str, str], zone: tzinfo, say: Say = in_english
) -> list[Told]:
    """A sentence for each, equal ones of a day together, the latest first.

    names: of the organisations and supporters, by reference; one that is absent is told without.
    say: the language it is told in.
    """
    folded: dict[tuple[object, ...], list[Look]] = {}
    for look in looks:
        day = look.when.astimezone(zone).date()
        key = (day, _named(look, names, say), look.who, look.act, look.what, look.why, look.refused)
        folded.setdefault(key, []).append(look)
    told = [_told(some, names, zone, say) for some in folded.values()]
    return sorted(told, key=lambda one: one.end, reverse=True)


def day_of(when: datetime, zone: tzinfo) -> date:
    """The day it was, where the person lives."""
    return when.astimezone(zone).date()


def _told(looks: Sequence[Look], names: Mapping[str, str], zone: tzinfo, say: Say) -> Told:
    look, times = looks[0], len(looks)
    if look.act in _OF_TWO_RECORDS:
        times = len({one.when for one in looks})
    start, end = min(one.when for one in looks), max(one.when for one in looks)
    first, last = (f"{moment.astimezone(zone):%H:%M}" for moment in (start, end))
    named = _named(look, names, say)
    sentence = say(_sentences(look)[look.act]).format(
        who=named,
        what=_phrase(look.what, say),
        when=_when(times, first, last, say).format(
            day=date_in_words(day_of(start, zone), say), times=times, start=first, end=last
        ),
        why=say(words.WHY.get(look.why, words.WHY["other"])) if look.why else "",
    )
    return Told(sentence, start, end, times, named, look)


def _sentences(look: Look) -> Mapping[str, str]:
    is_own = look.role == "person"
    if look.refused:
        return words.REFUSED_YOU if is_own else words.REFUSED
    return words.DONE_YOU if is_own else words.DONE


def _when(times: int, first: str, last: str, say: Say) -> str:
    if times == 1:
        return say(words.ONCE)
    return say.of(*(words.OFTEN if first != last else words.AT_ONCE), times)


def _named(look: Look, names: Mapping[str, str], say: Say) -> str:
    """Who it was: the human being where that is known, else the organisation's system."""
    organisation = names.get(look.organisation or "", say(words.AN_ORGANISATION))
    name = look.name
    match look.role:
        case "person":
            kind = "you"
        case "supporter":
            name = name or names.get(look.who or "")
            kind = "supporter" if name else "supporter-unnamed"
        case "service":
            kind = "service"
        case "privacy-officer" | "admin":
            kind = look.role if name else f"{look.role}-unnamed"
        case "system" if not name:
            kind = "system"
        case "":
            kind = "unknown"
        case _ if look.organisation is None:
            kind = "named-alone" if name else "unknown"
        case _:
            kind = "named" if name else "unnamed"
    return printable(say(words.WHO[kind]).format(name=name, organisation=organisation))


def _phrase(what: Sequence[str], say: Say) -> str:
    first = say(words.WHAT.get(what[0], words.WHAT[RECORD]) if what else words.WHAT[RECORD])
    return say(words.WHAT[MORE]).format(what=first) if MORE in what[1:] else first


def _what(event: Json) -> tuple[str, ...]:
    """The type that was touched or asked for, `RECORD` where it was several or is not one of a
    person's."""
    more: tuple[str, ...] = ()
    asked: list[str] = []
    touched: list[str] = []
    for entity in nodes(event, "entity"):
        code = text(node_at(entity, "role"), "code")
        what = node_at(entity, "what")
        if code == "4":
            touched.append((text(what, "reference") or text(what, "type") or "").partition("/")[0])
        elif code == "24":
            path, names = _asked(text(entity, "query") or "")
            asked.append(path)
            more = (MORE,) if _BRINGS_MORE & names else ()
    found = (touched or asked or [RECORD])[0]
    row = RESOURCE_TYPES.get(found)
    if row is None or found not in words.WHAT:
        return (RECORD,)
    return (found, *more)


def _asked(query: str) -> tuple[str, set[str]]:
    """(the type searched, the names of its parameters) of a search as an event keeps it."""
    try:
        target = a2b_base64(query).decode()
    except (Error, UnicodeDecodeError):
        return RECORD, set()
    path, _, rest = target.partition(" ")[2].partition("?")
    names = {pair.partition("=")[0].partition(":")[0] for pair in rest.split("&")}
    return path.rpartition("/")[2], names
