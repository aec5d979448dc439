"""The words of what is told of one person: the one page, the journey, what was said and done, and
the measures.

Each is a whole sentence, or a label that stands by itself, by a key; what stands in braces is
filled in. A message with a number has a form for one and a form for several.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

Counted: TypeAlias = tuple[str, str]

# The parts of the page, in their order.
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "how-to-talk": "How to talk with me",
        "most-important": "What is most important to me",
        "please": "Please do, and please do not",
        "how-to-support": "How and when to support me",
        "goals": "My goals",
        "who-helps": "Who helps me",
        "requests": "What I have asked for",
        "since-we-met": "Since we last met",
        "since-you-looked": "Since you last looked",
        "not-shown": "Not shown",
    }
)

PAGE: Mapping[str, str] = MappingProxyType(
    {
        "title": "What matters to {name}",
        "title-unnamed": "What matters to this person",
        "call-me": "Call me: {name}",
        "pronouns": "My pronouns: {pronouns}",
        "born": "Born: {day}",
        "take-care": "Take care: {words}",
        "in-danger": "Do not get in touch about “{what}”: it could put me in danger.",
        "my-language": "My language: {languages}",
        "then": "{before}, then {last}",
        "interpreter": "I need an interpreter.",
        "no-interpreter": "I need no interpreter.",
        "reach": "Reach me, best way first: {ways}",
        "said-by": "(said by {name})",
        "their-note": "Written beside it by the person: “{words}”",
        "why": "Why: {why}",
        "how-close-person": "How close, on {day}: {words}",
        "how-close-supporter": "How close, on {day}, said by a supporter: {words}",
        "how-close-worker": "How close, on {day}, said by a worker: {words}",
        "is-moving": "It is moving: {direction}.",
        "since-start": "Since the start: {direction}.",
        "moving": "Moving: {direction}",
        "of-organisation": "{name}, {organisation}",
        "helper": "{name}: {role}",
        "it-is": "It is: {state}.",
        "nobody-asked": "nobody has been asked yet",
        "with": "With {names}.",
        "and": "{before} and {last}",
        "last-met": "We last met on {day}: {what}.",
        "last-met-with": "We last met on {day}, with {name}: {what}.",
        "nothing-since": "Nothing has been written down since.",
        "last-looked": "You last opened this page on {day}.",
        "nothing-changed": "Nothing has changed since.",
        "happened": "{day}: {what}",
        "with-words": "{what}: “{words}”",
        "quoted": "“{words}”",
        "not-reached": "Your sign-in does not reach: {part}.",
        "made": "This page was made on {day}.",
    }
)

# Where the sheet says it otherwise than plain text does.
SHEET: Mapping[str, str] = MappingProxyType(
    {
        "sheet-call-me": "Call me {name}.",
        "sheet-pronouns": "My pronouns: {pronouns}.",
        "sheet-born": "Born {day}",
        "sheet-language": "My language: {languages}.",
        "sheet-how-close": "How close: {words}",
        "sheet-by-supporter": "(said by a supporter)",
        "sheet-by-worker": "(said by a worker)",
        "sheet-moving-both": "Moving: {direction}; since the start: {start}",
        "sheet-made": "Made on {day} from the record of what matters. Who reads it is recorded, "
        "and the person can see who has looked.",
    }
)

JOURNEY: Mapping[str, str] = MappingProxyType(
    {
        "journey": "The journey",
        "no-day": "On a day that is not told",
        "nothing-told": "Nothing is told here yet.",
        "goes-on": "The story goes on: ask again with {query}",
        "contacts": "Contacts: {count}",
        "organisations": "With: {names}",
        "handed-on": "Handed on: {times}",
        "told-again": "Had to tell it again: {times}",
        "not-again": "Did not have to tell it again: {times}",
        "never": "never",
        "once": "once",
        "twice": "twice",
        "had-to": "Had to tell it again.",
        "had-not": "Did not have to tell it again.",
        "about": "About: {goals}",
    }
)

SAID_AND_DONE: Mapping[str, str] = MappingProxyType(
    {
        "unanswered": "Still without an answer, the oldest first",
        "answered": "What was said, and what came of it",
        "nothing-said": "Nothing has been said here yet.",
        "you-said": "You said: “{words}”",
        "you-said-on": "You said, on {day}: “{words}”",
        "they-said": "{name} said: “{words}”",
        "they-said-on": "{name} said, on {day}: “{words}”",
        "a-goal": "A goal: “{words}”",
        "agreed": "Agreed: {words}",
        "told-back": "Told back on {day}: “{words}”",
        "told-back-by": "Told back on {day}, by {name}: “{words}”",
        "so-far": "So far: {stage}.",
        "asked": "Asked for help. {state}.",
        "asked-for": "Asked for help: “{words}”. {state}.",
        "who-and-state": "{names}: {state}",
        "nobody-asked-yet": "Nobody has been asked yet",
        "anyone-may": "Anyone may take it on",
        "handed-once": "Handed on once.",
        "handed-twice": "Handed on twice.",
        "do-not-contact": "Do not get in touch about it. {words}",
        "did-help": "Did it help? Yes.",
        "did-not-help": "Did it help? Not yet.",
        "difference": "What difference, on {day}: {words}",
        "moving-so": "Moving: {direction}.",
        "goal-now": "The goal is now: {standing}.",
    }
)

MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "measures": "The measures, from {first} to {last}",
        "identified": "Identified: a goal has a plan and a first score.",
        "not-identified": "Not identified: no goal has a plan and a first score.",
        "followed-up": "Followed up: a goal has a score in the time for that.",
        "not-followed-up": "Not followed up: no goal has a score in the time for that.",
        "achieved": "Achieved: such a score is 0 or more.",
        "not-achieved": "Not achieved: no such score is 0 or more.",
        "not-counted": "Not counted. {why}",
        "goal-by-goal": "Goal by goal",
        "counts-as": "Counts as: {measures}.",
        "goal-identified": "identified",
        "goal-followed-up": "followed up",
        "goal-achieved": "achieved",
        "counts-for-none": "Does not count.",
        "t-score": "The T-score of the goals",
        "no-t-score": "No goal was scored twice on the five steps, so there is none.",
        "as-hoped": "50 is as hoped for.",
        "alike": "All count the same: {start} at the start, {now} now, {change} in between.",
        "by-importance": "By how much each matters: {start} at the start, {now} now, {change} "
        "in between.",
    }
)

# What a plan says of one thing that was agreed: R4's codes, in words.
AGREED_STATES = (
    "not started",
    "scheduled",
    "in progress",
    "on hold",
    "completed",
    "cancelled",
    "stopped",
    "unknown",
    "entered in error",
)

# What the token of who reads does not reach: the names that operations give it.
NOT_REACHED = (
    "what to take care with",
    "what matters, About Me, and how close the goals are",
    "what matters most, in order",
    "what was said and noted",
    "what was said, and how close the goals are",
    "how close the goals are",
    "the goals",
    "who helps",
    "what was asked for",
    "who has what was asked for",
    "the contacts",
    "what was told back",
    "what was agreed",
    "how it was",
    "the scores, and what matters to the person",
    "the plans",
)

# What happened, as the page and the journey name it.
HAPPENED: Mapping[str, str] = MappingProxyType(
    {
        "how-it-goes": "How it is going",
        "how-close": "How close: {words}",
        "matters": "What matters to me",
        "noted": "Something noted",
        "answers": "{what}: {answers}",
        "answer": "{question} {number} out of 10",
        "out-of-ten": "{number} out of 10",
        "goal": "A goal",
        "goal-now": "The goal is now: {standing}",
        "asked": "Asked for help",
        "asked-to-help": "Asked to help: {name}",
        "asked-next": "Asked to help next: {name}",
        "help-from": "Help from {name}: {state}",
        "help": "Help: {state}",
        "not-helped-yet": "it has not helped yet",
        "contact": "A contact",
        "message": "A message",
        "agreed": "What was agreed",
        "experience": "How it was: {how}",
        "experience-told": "How it was",
        "questions": "Answers to questions",
    }
)

# What was changed, by the type of the entry, where nothing happened that could be named.
CHANGED: Mapping[str, str] = MappingProxyType(
    {
        "Patient": "Who they are, or how to reach them",
        "RelatedPerson": "Somebody who supports them",
        "CareTeam": "Who is on the team",
        "List": "What matters most, in order",
        "Flag": "What to take care with",
        "Condition": "A health condition",
        "other": "Something else",
    }
)

COUNTED: Mapping[str, Counted] = MappingProxyType(
    {
        "more": ("And {count} more, in the record.", "And {count} more, in the record."),
        "more-goals": ("{goals}; and {count} more", "{goals}; and {count} more"),
        "times": ("{count} time", "{count} times"),
        "waiting": ("Waiting for {count} day.", "Waiting for {count} days."),
        "so-far-days": (
            "So far: {stage}, for {count} day.",
            "So far: {stage}, for {count} days.",
        ),
        "of-goals": ("Of {count} goal.", "Of {count} goals."),
        "scored-once": (
            "{count} goal was scored once, and is not in it.",
            "{count} goals were scored once, and are not in it.",
        ),
        "handed-times": ("Handed on {count} time.", "Handed on {count} times."),
    }
)

WORDS: Mapping[str, str] = MappingProxyType(
    {**HEADINGS, **PAGE, **SHEET, **JOURNEY, **SAID_AND_DONE, **MEASURES}
)
