"""The words in which a person is told who has looked: one catalogue, so that another language is
another catalogue.

Each is a whole sentence or a whole part of one, by a key; what stands in braces is filled in. What
was done by the person themself has sentences of its own, as a verb changes with who does it.
"""

from collections.abc import Mapping
from types import MappingProxyType


def _of_you(messages: Mapping[str, str]) -> dict[str, str]:
    return {key: message.replace("{who}", "You") for key, message in messages.items()}


# By who it was.
WHO: Mapping[str, str] = MappingProxyType(
    {
        "you": "You",
        "named": "{name}, of {organisation},",
        "named-alone": "{name}",
        "unnamed": "Somebody at {organisation}",
        "system": "The computer system of {organisation}",
        "supporter": "{name}, who helps you,",
        "supporter-unnamed": "One of your helpers",
        "privacy-officer": "{name}, a privacy officer of {organisation},",
        "privacy-officer-unnamed": "A privacy officer of {organisation}",
        "admin": "{name}, who runs this service for {organisation},",
        "admin-unnamed": "Somebody who runs this service for {organisation}",
        "service": "This service, by itself,",
        "unknown": "Somebody we do not know",
    }
)
AN_ORGANISATION = "an organisation that is no longer listed"

# By the type of the entry.
WHAT: Mapping[str, str] = MappingProxyType(
    {
        "Patient": "your name and how to reach you",
        "RelatedPerson": "the people who help you",
        "CareTeam": "who is on your team",
        "Goal": "your goals",
        "Observation": "what you and others noted",
        "CarePlan": "what was agreed to do",
        "ServiceRequest": "your requests for help",
        "Task": "what is being done about your requests",
        "Encounter": "your visits and calls",
        "Communication": "the messages about you",
        "QuestionnaireResponse": "your answers to questions",
        "List": "your lists",
        "Flag": "what people should take care with",
        "Condition": "your health problems",
        "Consent": "your choices about sharing",
        "Provenance": "where your entries come from",
        "AuditEvent": "the list of who has looked",
        "Basic": "other things about you",
        "record": "your record",
        "more": "{what}, and more of your record",
    }
)

# By what was done, and whether it could be.
DONE: Mapping[str, str] = MappingProxyType(
    {
        "read": "{who} read {what} {when}{why}.",
        "old": "{who} read older versions of {what} {when}{why}.",
        "search": "{who} looked for {what} {when}{why}.",
        "everything": "{who} read your whole record {when}{why}.",
        "page": "{who} read the page of what matters to you {when}{why}.",
        "journey": "{who} read your journey {when}{why}.",
        "said-and-done": "{who} read what you said, and what was done {when}{why}.",
        "told-once": "{who} asked how often you had to tell it again {when}{why}.",
        "to-look-at": "{who} asked which of your goals to look at again {when}{why}.",
        "measures": "{who} counted what became of your goals {when}{why}.",
        "experience-scores": "{who} counted how you said it was to be helped {when}{why}.",
        "match": "{who} asked whether you have a record here, and found you {when}{why}.",
        "copy": "{who} took a copy of all that is here about you {when}{why}.",
        "erase": "{who} erased all that is here about you {when}{why}.",
        "sign-in": "{who} signed in {when}.",
        "sign-out": "{who} signed out {when}.",
        "untie": "{who} took your sign-in off your record {when}{why}.",
        "can-see": "{who} asked who can see {what} {when}{why}.",
        "has-looked": "{who} asked who has looked at your record {when}{why}.",
        "came-from": "{who} asked who wrote {what} {when}{why}.",
        "invite": "{who} asked somebody to help you {when}{why}.",
        "accept": "{who} said yes to helping you {when}{why}.",
        "decline": "{who} said no to helping you {when}{why}.",
        "emergency": "{who} opened your record {when}, in an emergency.",
        "merge": "{who} put this record and another of yours together {when}{why}.",
        "unmerge": "{who} took this record and another apart again {when}{why}.",
        "create": "{who} added to {what} {when}{why}.",
        "change": "{who} changed {what} {when}{why}.",
        "remove": "{who} took something out of {what} {when}{why}.",
        "other": "{who} used {what} {when}{why}.",
    }
)
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "read": "{who} tried to read {what} {when}{why}, and was not let in.",
        "old": "{who} tried to read older versions of {what} {when}{why}, and was not let in.",
        "search": "{who} tried to look for {what} {when}{why}, but could not.",
        "everything": "{who} tried to read your whole record {when}{why}, and was not let in.",
        "page": "{who} tried to read the page of what matters to you {when}{why}, "
        "and was not let in.",
        "journey": "{who} tried to read your journey {when}{why}, and was not let in.",
        "said-and-done": "{who} tried to read what you said, and what was done {when}{why}, "
        "and was not let in.",
        "told-once": "{who} tried to ask how often you had to tell it again {when}{why}, "
        "but could not.",
        "to-look-at": "{who} tried to ask which of your goals to look at again {when}{why}, "
        "but could not.",
        "measures": "{who} tried to count what became of your goals {when}{why}, but could not.",
        "experience-scores": "{who} tried to count how you said it was to be helped {when}{why}, "
        "but could not.",
        "match": "{who} tried to ask whether you have a record here {when}{why}, but could not.",
        "copy": "{who} tried to take a copy of all that is here about you {when}{why}, "
        "and was not let in.",
        "erase": "{who} tried to erase all that is here about you {when}{why}, but could not.",
        "sign-in": "{who} tried to sign in {when}, but could not.",
        "sign-out": "{who} tried to sign out {when}, but could not.",
        "untie": "{who} tried to take your sign-in off your record {when}{why}, but could not.",
        "can-see": "{who} tried to ask who can see {what} {when}{why}, but could not.",
        "has-looked": "{who} tried to ask who has looked at your record {when}{why}, "
        "but could not.",
        "came-from": "{who} tried to ask who wrote {what} {when}{why}, but could not.",
        "invite": "{who} tried to ask somebody to help you {when}{why}, but could not.",
        "accept": "{who} tried to say yes to helping you {when}{why}, but could not.",
        "decline": "{who} tried to say no to helping you {when}{why}, but could not.",
        "emergency": "{who} tried to open your record in an emergency {when}, but could not.",
        "merge": "{who} tried to put this record and another together {when}{why}, but could not.",
        "unmerge": "{who} tried to take this record and another apart {when}{why}, but could not.",
        "create": "{who} tried to add to {what} {when}{why}, but could not.",
        "change": "{who} tried to change {what} {when}{why}, but could not.",
        "remove": "{who} tried to take something out of {what} {when}{why}, but could not.",
        "other": "{who} tried to use {what} {when}{why}, but could not.",
    }
)
DONE_YOU: Mapping[str, str] = MappingProxyType(_of_you(DONE))
REFUSED_YOU: Mapping[str, str] = MappingProxyType(
    {
        **_of_you(REFUSED),
        "read": "You tried to read {what} {when}{why}, but could not.",
        "old": "You tried to read older versions of {what} {when}{why}, but could not.",
        "everything": "You tried to read your whole record {when}{why}, but could not.",
        "page": "You tried to read the page of what matters to you {when}{why}, but could not.",
        "journey": "You tried to read your journey {when}{why}, but could not.",
        "said-and-done": "You tried to read what you said, and what was done {when}{why}, "
        "but could not.",
        "copy": "You tried to take a copy of all that is here about you {when}{why}, "
        "but could not.",
    }
)

ONCE = "on {day} at {start}"
# For one, and for several.
OFTEN = (
    "on {day}, {times} time between {start} and {end}",
    "on {day}, {times} times between {start} and {end}",
)
AT_ONCE = (
    "on {day}, {times} time at {start}",
    "on {day}, {times} times at {start}",
)

NOBODY = "Nobody has looked in this time."
GOES_ON = "There is more: ask again with {query}"

# By the use that the token stated (v3-ActReason).
WHY: Mapping[str, str] = MappingProxyType(
    {
        "TREAT": ", to care for you or help you",
        "CAREMGT": ", to plan who helps you with what",
        "HRESCH": ", for research",
        "PUBHLTH": ", to keep everybody healthy",
        "ETREAT": ", in an emergency",
        "BTG": ", in an emergency",
        "PATRQT": ", because you asked for it",
        "FAMRQT": ", because somebody who helps you asked for it",
        "other": ", for another reason",
    }
)
