"""You said, we did: each thing a person said, what was done about it, what they were told, and what
difference it made; and what is still without an answer, the oldest first.

A walk along the links: what was said, the goals that come from it, the requests for help about
them, who took these on, what was told back, and how close the person is now.
Pure: entries in, threads out.
Spec: https://hl7.org/fhir/R4/ (the elements named here)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.fhir.indexed import BEGINNING
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.goal import Standing
from app.what_matters.help_chain import Chain, chains_of
from app.what_matters.links import goals_of, link_of, linked
from app.what_matters.naming import Names, moment_of
from app.what_matters.pco_goal import counts
from app.what_matters.progress import Progress, progress_of
from app.what_matters.request_for_help import OPEN, State, did_it_help
from app.what_matters.telling import (
    GoalTold,
    Help,
    Words,
    clipped,
    concept_words,
    goal_told,
    help_told,
    said_in,
    words_of,
)

_CLOSED = frozenset((Standing.REACHED, Standing.ENDED, Standing.LET_GO, Standing.NOT_WANTED))


class Stage(StrEnum):
    """How far something that was said has come."""

    NOTHING = "nothing has been done yet"
    NO_ANSWER = "asked, and no answer yet"
    UNDER_WAY = "under way"
    DONE = "done, and not told back yet"
    TOLD_BACK = "told back"
    HELPED = "that helped"
    PAUSED = "paused"
    REACHED = "reached"
    ENDED = "ended"


_WITHOUT_ANSWER = frozenset((Stage.NOTHING, Stage.NO_ANSWER))


@dataclass(frozen=True, slots=True)
class Agreed:
    """Something that was agreed to do. state: as the plan has it."""

    entry: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Thread:
    """One thing that was said, and what came of it. waiting_days: without an answer, since it was
    asked, or said where nothing was. helped: what the person said of the help, the last of it where
    they said more; null where they have not said."""

    said: Words
    stage: Stage
    waiting_days: int | None
    goals: tuple[GoalTold, ...]
    requests: tuple[Help, ...]
    agreed: tuple[Agreed, ...]
    told_back: tuple[Words, ...]
    helped: bool | None


@dataclass(frozen=True, slots=True)
class SaidAndDone:
    """unanswered: the oldest first. answered: in the order they were said. more: what was said
    longer ago than can be told here. not_shown: what the token of who reads does not reach."""

    unanswered: tuple[Thread, ...]
    answered: tuple[Thread, ...]
    more: int = 0
    not_shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """The entries of one person that the walk goes along."""

    statements: Sequence[Json] = ()
    goals: Sequence[Json] = ()
    requests: Sequence[Json] = ()
    tasks: Sequence[Json] = ()
    messages: Sequence[Json] = ()
    plans: Sequence[Json] = ()
    progress: Sequence[Json] = ()
    names: Names = field(default_factory=dict)


def said_and_done(
    said: Said, now: datetime, more: int = 0, not_shown: tuple[str, ...] = ()
) -> SaidAndDone:
    """Every thread, each entry in one of them: what is about several goals, with the first."""
    told_by_goal: dict[str, list[Progress]] = {}
    for one in filter(None, map(progress_of, said.progress)):
        told_by_goal.setdefault(one.goal, []).append(one)
    by_goal = _chains_by_goal(said)
    threads = [
        _made(
            said,
            _words(said, root),
            [chain for goal in goals for chain in by_goal.get(link_of(goal), ())],
            [link_of(goal) for goal in goals],
            _goals(said, goals, told_by_goal),
            now,
        )
        for root, goals in _roots(said)
    ]
    threads += [_of_request(said, chain, now) for chain in by_goal.get("", ())]
    ordered = sorted(threads, key=lambda one: (moment_of(one.said.when) or now, one.said.entry))
    return SaidAndDone(
        tuple(one for one in ordered if one.stage in _WITHOUT_ANSWER),
        tuple(one for one in ordered if one.stage not in _WITHOUT_ANSWER),
        more,
        not_shown,
    )


def _roots(said: Said) -> Iterator[tuple[Json, list[Json]]]:
    """(what was said, the goals that come from it); a goal that comes from nothing that was said
    here was said itself."""
    statements = {link_of(one): one for one in said.statements if counts(one)}
    goals_by_root: dict[str, list[Json]] = {link: [] for link in statements}
    alone = []
    for goal in filter(counts, said.goals):
        roots = [link for link in linked(goal, "addresses") if link in statements]
        if roots:
            goals_by_root[roots[0]].append(goal)
        else:
            alone.append(goal)
    yield from ((statements[link], goals) for link, goals in goals_by_root.items())
    yield from ((goal, [goal]) for goal in alone)


def _chains_by_goal(said: Said) -> dict[str, list[Chain]]:
    """The requests by the first goal they are about that is here, or by "", the oldest first."""
    here = {link_of(goal) for goal in said.goals if counts(goal)}
    found: dict[str, list[Chain]] = {}
    asked = sorted(filter(counts, said.requests), key=lambda one: text(one, "authoredOn") or "")
    for chain in chains_of(asked, said.tasks):
        first = next((goal for goal in goals_of(chain.request) if goal in here), "")
        found.setdefault(first, []).append(chain)
    return found


def _words(said: Said, root: Json) -> Words:
    words = text(node_at(root, "description"), "text") or said_in(root)
    return words_of(root, words, said.names)


def _goals(
    said: Said, goals: Iterable[Json], told: Mapping[str, Sequence[Progress]]
) -> tuple[GoalTold, ...]:
    return tuple(goal_told(goal, told.get(link_of(goal), ()), said.names) for goal in goals)


def _of_request(said: Said, chain: Chain, now: datetime) -> Thread:
    words = concept_words(node_at(chain.request, "code"))
    return _made(said, words_of(chain.request, words, said.names), [chain], [], (), now)


def _made(
    said: Said,
    words: Words,
    chains: Sequence[Chain],
    links: Sequence[str],
    goals: tuple[GoalTold, ...],
    now: datetime,
) -> Thread:
    agreed = tuple(_agreed(said.plans, links))
    stage = _stage(chains, goals, agreed)
    requests = tuple(help_told(chain, said.names, now) for chain in chains)
    return Thread(
        said=words,
        stage=stage,
        waiting_days=_waiting_days(stage, words, requests, now),
        goals=goals,
        requests=requests,
        agreed=agreed,
        told_back=tuple(_told_back(said, chains, links)),
        helped=_helped(chains),
    )


def _helped(chains: Sequence[Chain]) -> bool | None:
    """What the person said last, of any of the requests; None where they have not said."""
    answers = [
        (moment_of(text(task, "lastModified")) or BEGINNING, answer)
        for chain in chains
        for task in chain.tasks
        if (answer := did_it_help(task)) is not None
    ]
    return max(answers, key=lambda one: one[0])[1] if answers else None


def _stage(chains: Sequence[Chain], goals: Sequence[GoalTold], agreed: Sequence[Agreed]) -> Stage:
    """Of several requests, the one that is least far; without any, what was agreed or told."""
    states = [state for chain in chains for state in chain.states]
    if any(not chain.is_answered for chain in chains):
        return Stage.NO_ANSWER
    if any(state in OPEN for state in states):
        return Stage.UNDER_WAY
    if State.DONE in states:
        return Stage.DONE
    if State.TOLD_BACK in states:
        return Stage.TOLD_BACK
    if State.HELPED in states:
        return Stage.HELPED
    if goals and all(goal.standing in _CLOSED for goal in goals):
        is_reached = any(goal.standing == Standing.REACHED for goal in goals)
        return Stage.REACHED if is_reached else Stage.ENDED
    if chains:
        return Stage.ENDED
    if goals and all(goal.standing == Standing.PAUSED for goal in goals):
        return Stage.PAUSED
    is_moving = any(goal.how_close is not None for goal in goals)
    return Stage.UNDER_WAY if agreed or is_moving else Stage.NOTHING


def _waiting_days(
    stage: Stage, words: Words, requests: Iterable[Help], now: datetime
) -> int | None:
    """Of several requests without an answer, those of the one that was asked first."""
    if stage is Stage.NO_ANSWER:
        waits = (one.waiting_days for one in requests)
        return max((days for days in waits if days is not None), default=None)
    said = moment_of(words.when)
    return (now - said).days if stage is Stage.NOTHING and said is not None else None


def _agreed(plans: Iterable[Json], links: Sequence[str]) -> Iterator[Agreed]:
    for plan in filter(counts, plans):
        for activity in nodes(plan, "activity"):
            detail = node_at(activity, "detail")
            words = text(detail, "description")
            if words and set(linked(detail, "goal", "Goal")) & set(links):
                state = (text(detail, "status") or "").replace("-", " ")
                yield Agreed(link_of(plan), clipped(words)[0], state)


def _told_back(said: Said, chains: Sequence[Chain], links: Sequence[str]) -> Iterator[Words]:
    """What was told to the person, or to who supports them, about these."""
    about = {*links, *(link_of(chain.request) for chain in chains)}
    for message in reversed([one for one in said.messages if counts(one)]):
        is_from_them = any(
            one.partition("/")[0] in ("Patient", "RelatedPerson")
            for one in linked(message, "sender")
        )
        named = {*linked(message, "about"), *linked(message, "basedOn")}
        words = " ".join(text(one, "contentString") or "" for one in nodes(message, "payload"))
        if about & named and words and not is_from_them:
            yield words_of(message, words, said.names)
