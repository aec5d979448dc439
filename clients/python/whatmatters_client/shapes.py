"""What is sent to the plain API and told by it. Made of its description by `make client`.

What is not known yet may be told one day: pass over names that are not here.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class AboutMe(TypedDict):
    """One part of About Me, for everyone who supports me."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: str
    supported_to_write_by: NotRequired[str | None]
    section: Literal[
        "most-important", "people", "communication", "wellness", "please-do", "support", "also"
    ]


class AboutMeChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    supported_to_write_by: NotRequired[str | None]
    section: NotRequired[
        Literal[
            "most-important", "people", "communication", "wellness", "please-do", "support", "also"
        ]
        | None
    ]


class AboutMePage(TypedDict):
    entries: list[StoredAboutMe]
    next: NotRequired[str | None]


class Action(TypedDict):
    """What we agreed about my goals."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    title: NotRequired[str | None]
    agreed_on: str
    agreed_by: NotRequired[Who | None]
    together_with: NotRequired[list[Who] | None]
    goals: list[str]
    things: list[Thing]
    state: NotRequired[
        Literal["first-draft", "active", "paused", "over", "done", "mistake", "not-known"]
    ]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    review_on: NotRequired[Review | None]
    team: NotRequired[list[str] | None]
    notes: NotRequired[list[Note] | None]


class ActionChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    title: NotRequired[str | None]
    agreed_on: NotRequired[str | None]
    agreed_by: NotRequired[Who | None]
    together_with: NotRequired[list[Who] | None]
    goals: NotRequired[list[str] | None]
    things: NotRequired[list[Thing] | None]
    state: NotRequired[
        Literal["first-draft", "active", "paused", "over", "done", "mistake", "not-known"] | None
    ]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    review_on: NotRequired[Review | None]
    team: NotRequired[list[str] | None]
    notes: NotRequired[list[Note] | None]


class ActionPage(TypedDict):
    entries: list[StoredAction]
    next: NotRequired[str | None]


class Address(TypedDict):
    """Where the person lives, or can be found."""

    kind: NotRequired[Literal["home", "work", "for-now", "old", "for-bills"] | None]
    used_for: NotRequired[Literal["post", "visits", "both"] | None]
    no_fixed_address: NotRequired[bool | None]
    words: NotRequired[str | None]
    lines: NotRequired[list[str] | None]
    place: NotRequired[str | None]
    district: NotRequired[str | None]
    region: NotRequired[str | None]
    postcode: NotRequired[str | None]
    country: NotRequired[str | None]
    since: NotRequired[str | None]
    until: NotRequired[str | None]


class Adjustment(TypedDict):
    """Something to do differently, so that I can be helped as well as anybody."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    words: str
    sort: NotRequired[str]
    said_by: NotRequired[Who | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    state: NotRequired[Literal["stands", "over", "mistake"]]


class AdjustmentChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    words: NotRequired[str | None]
    sort: NotRequired[str | None]
    said_by: NotRequired[Who | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    state: NotRequired[Literal["stands", "over", "mistake"] | None]


class AdjustmentPage(TypedDict):
    entries: list[StoredAdjustment]
    next: NotRequired[str | None]


class Agreed(TypedDict):
    """Something that was agreed to do. state: as the plan has it."""

    entry: str
    words: str
    state: str


class AskForHelp(TypedDict):
    """What somebody asks for, for themself or with and for a person."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    words: str
    why: NotRequired[str | None]
    about_goals: NotRequired[list[str] | None]
    how_soon: NotRequired[Literal["when-it-can", "soon", "as-soon-as-possible", "at-once"] | None]
    by_when: NotRequired[str | None]
    every: NotRequired[Every | None]
    do_not_contact: NotRequired[str | None]
    asked_by: NotRequired[Who | None]
    of: NotRequired[ActingHelper | None]


class AskedAgain(TypedDict):
    """Asked again, of somebody else, after a no."""

    by: NotRequired[Worker | None]
    step: NotRequired[str | None]
    words: NotRequired[str | None]
    how_we_know: NotRequired[
        Literal["said", "wrote", "showed", "interpreted", "said-before", "known-well"] | None
    ]
    of: NotRequired[ActingHelper | None]


class AskedOfUs(TypedDict):
    """What is asked of an organisation, or of anyone."""

    id: str
    person: str
    words: NotRequired[str | None]
    why: NotRequired[str | None]
    about_goals: NotRequired[list[str] | None]
    how_soon: NotRequired[str | None]
    every: NotRequired[Every | None]
    do_not_contact: NotRequired[str | None]
    asked_by: NotRequired[Who | None]
    step: StepOfRequest
    for_anyone: bool
    overdue: NotRequired[Overdue | None]


class AskedOfUsPage(TypedDict):
    """What is asked, the oldest first on each page."""

    entries: list[AskedOfUs]
    next: NotRequired[str | None]


class Assessment(TypedDict):
    """An assessment by its name, with its score or the score of each part."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: list[Who]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    name: str
    score: NotRequired[Score | None]
    parts: NotRequired[list[AssessmentPart] | None]


class AssessmentChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    name: NotRequired[str | None]
    score: NotRequired[Score | None]
    parts: NotRequired[list[AssessmentPart] | None]


class AssessmentPage(TypedDict):
    entries: list[StoredAssessment]
    next: NotRequired[str | None]


class AssessmentPart(TypedDict):
    """What one part of an assessment came to."""

    number: NotRequired[float | None]
    unit: NotRequired[str | None]
    unit_code: NotRequired[str | None]
    count: NotRequired[int | None]
    words: NotRequired[str | None]
    name: str


class Barrier(TypedDict):
    """Something that gets in the way of a goal."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: str
    sort: NotRequired[
        Literal["pain", "feeling-anxious", "feeling-tired", "hearing", "bladder"] | None
    ]
    about_goals: list[str]


class BarrierChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    sort: NotRequired[
        Literal["pain", "feeling-anxious", "feeling-tired", "hearing", "bladder"] | None
    ]
    about_goals: NotRequired[list[str] | None]


class BarrierPage(TypedDict):
    entries: list[StoredBarrier]
    next: NotRequired[str | None]


class Changed(TypedDict):
    """An entry that is new, or was changed. when: that was written. by: who wrote it.
    what_language: of what, where it is told otherwise than in English. their_note: as of
    `Words`."""

    entry: str
    what: str
    words: str
    when: str
    by: str
    their_note: NotRequired[str]
    what_language: NotRequired[str]


class Chosen(TypedDict):
    """One entry that a choice is about."""

    sort: Literal[
        "the-person",
        "supporters",
        "team",
        "goals",
        "told",
        "actions",
        "requests-for-help",
        "work-on-requests",
        "contacts",
        "messages",
        "answers",
        "priorities",
        "adjustments",
        "conditions",
    ]
    id: str


class Confirmed(TypedDict):
    """Whether it helped."""

    by: NotRequired[Worker | None]
    step: NotRequired[str | None]
    words: NotRequired[str | None]
    how_we_know: NotRequired[
        Literal["said", "wrote", "showed", "interpreted", "said-before", "known-well"] | None
    ]
    helped: bool


class Contact(TypedDict):
    """One touch point with somebody who helps me."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    organisation: Who
    with_whom: NotRequired[list[Who] | None]
    began: str
    ended: NotRequired[str | None]
    how: Literal[
        "visit-to-us",
        "at-home",
        "out-and-about",
        "by-phone-or-video",
        "emergency",
        "hospital-stay",
        "hospital-day",
    ]
    state: NotRequired[
        Literal[
            "planned",
            "there",
            "being-sorted",
            "under-way",
            "on-leave",
            "over",
            "called-off",
            "mistake",
            "not-known",
        ]
    ]
    what: NotRequired[str | None]
    why: NotRequired[str | None]
    about_goals: NotRequired[list[str] | None]
    told_again: NotRequired[bool | None]
    what_matters: NotRequired[Literal["not-asked", "read", "asked", "updated"] | None]
    places: NotRequired[list[str] | None]
    requests_for_help: NotRequired[list[str] | None]


class ContactChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    organisation: NotRequired[Who | None]
    with_whom: NotRequired[list[Who] | None]
    began: NotRequired[str | None]
    ended: NotRequired[str | None]
    how: NotRequired[
        Literal[
            "visit-to-us",
            "at-home",
            "out-and-about",
            "by-phone-or-video",
            "emergency",
            "hospital-stay",
            "hospital-day",
        ]
        | None
    ]
    state: NotRequired[
        Literal[
            "planned",
            "there",
            "being-sorted",
            "under-way",
            "on-leave",
            "over",
            "called-off",
            "mistake",
            "not-known",
        ]
        | None
    ]
    what: NotRequired[str | None]
    why: NotRequired[str | None]
    about_goals: NotRequired[list[str] | None]
    told_again: NotRequired[bool | None]
    what_matters: NotRequired[Literal["not-asked", "read", "asked", "updated"] | None]
    places: NotRequired[list[str] | None]
    requests_for_help: NotRequired[list[str] | None]


class ContactLoad(TypedDict):
    """Each is looked at by itself, so one that is wrong stops no other."""

    contacts: list[dict[str, Any]]


class ContactPage(TypedDict):
    entries: list[StoredContact]
    next: NotRequired[str | None]


class Conversations(TypedDict):
    """Of so many contacts: how many say what happened, and of those how many started with what
    matters. What is not said is no "no"."""

    contacts: int
    said: int
    with_what_matters: int


class EthnicCategory(TypedDict):
    """The ethnic group that the person says they belong to."""

    code: str
    name: NotRequired[str | None]


class Every(TypedDict):
    """How often it happens again: every 30 days is a `count` of 30, and the `unit` `days`."""

    count: int
    unit: Literal["seconds", "minutes", "hours", "days", "weeks", "months", "years"]
    times: NotRequired[int | None]
    on: NotRequired[
        list[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]]
        | None
    ]
    at: NotRequired[list[str] | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]


class Experience(TypedDict):
    """How it was to be helped."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    overall: NotRequired[
        Literal["very-good", "good", "neither", "poor", "very-poor", "dont-know"] | None
    ]
    why: NotRequired[str | None]
    better: NotRequired[str | None]
    not_repeated: NotRequired[Literal["true-for-me", "partly-true", "not-true", "not-sure"] | None]
    story: NotRequired[str | None]
    when: NotRequired[str | None]
    told_by: NotRequired[Who | None]
    written_down_by: NotRequired[Who | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[Literal["begun", "done", "changed", "stopped", "mistake"]]


class ExperienceChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    overall: NotRequired[
        Literal["very-good", "good", "neither", "poor", "very-poor", "dont-know"] | None
    ]
    why: NotRequired[str | None]
    better: NotRequired[str | None]
    not_repeated: NotRequired[Literal["true-for-me", "partly-true", "not-true", "not-sure"] | None]
    story: NotRequired[str | None]
    when: NotRequired[str | None]
    told_by: NotRequired[Who | None]
    written_down_by: NotRequired[Who | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[Literal["begun", "done", "changed", "stopped", "mistake"] | None]


class ExperiencePage(TypedDict):
    entries: list[StoredExperience]
    next: NotRequired[str | None]


class ExperienceScores(TypedDict):
    """How it was, by what a set of people answered, exact: for who may see each of them.
    people: how many were found. answers: all, "don't know" among them; somebody may have
    answered twice. not_found: the ids for which there is nobody here whom you may see.
    not_shown: what the token of who reads does not reach."""

    first_day: str
    last_day: str
    people: int
    answers: int
    by_answer: dict[str, Any]
    positive: ShareOfAnswers
    negative: ShareOfAnswers
    for_everybody: SafeScores
    not_found: list[str]
    not_shown: list[str]


class Fault(TypedDict):
    """One thing that is wrong."""

    detail: str
    field: NotRequired[str | None]


class FaultOfOne(TypedDict):
    """One thing that is wrong with one contact."""

    detail: str
    field: NotRequired[str | None]


class Figures(TypedDict):
    """A journey, counted. touch_points: contacts that happened. not_again: those at which the
    person did not have to tell it again; what is not said is in neither count."""

    touch_points: int
    organisations: list[str]
    hand_offs: int
    told_again: int
    not_again: int
    by_goal: list[GoalJourney]


class FindPerson(TypedDict):
    """Who is meant: the NHS number with the date of birth; or, of people whom you see already,
    names with a date of birth, a postcode, a telephone number or an e-mail address."""

    nhs_number: NotRequired[str | None]
    born: NotRequired[str | None]
    family: NotRequired[str | None]
    given: NotRequired[str | None]
    postcode: NotRequired[str | None]
    phone: NotRequired[str | None]
    email: NotRequired[str | None]
    only_certain: NotRequired[bool]


class FoundPeople(TypedDict):
    """Who fits, the likeliest first."""

    people: list[FoundPerson]
    too_many: NotRequired[str | None]


class FoundPerson(TypedDict):
    """Somebody who fits. Of somebody whom you do not see, nothing but the id is told."""

    id: str
    sure: Literal["certain", "probable", "possible"]
    likeness: float
    seen: bool
    called: NotRequired[str | None]
    names: NotRequired[list[Name] | None]
    born: NotRequired[str | None]
    what_next: NotRequired[str | None]


class Goal(TypedDict):
    """Something I want to do, in my own words."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    words: str
    began: str
    state: NotRequired[
        Literal[
            "thought-of",
            "planned",
            "agreed",
            "active",
            "paused",
            "reached",
            "let-go",
            "not-taken-up",
        ]
        | None
    ]
    said_by: NotRequired[Who | None]
    how_we_know: NotRequired[HowWeKnow | None]
    why: NotRequired[str | None]
    going: NotRequired[
        Literal[
            "under-way",
            "getting-nearer",
            "getting-further-away",
            "about-the-same",
            "reached",
            "kept-up",
            "not-reached",
            "nothing-yet",
            "cannot-be-reached",
        ]
        | None
    ]
    since: NotRequired[str | None]
    importance: NotRequired[int | None]
    confidence: NotRequired[int | None]
    priority: NotRequired[Literal["high", "medium", "low"] | None]
    measured_by: NotRequired[Literal["own-words", "zero-to-ten", "five-steps"] | None]
    steps: NotRequired[Steps | None]
    review_on: NotRequired[Review | None]
    parts_of_life: NotRequired[
        list[
            Literal[
                "housing",
                "access-to-services",
                "caregiver-needs",
                "end-of-life",
                "independence",
                "legal",
                "managing-conditions",
                "medication-management",
                "improving-health-and-wellness",
                "physical-function",
                "social-functioning",
                "emotional-and-mental-health",
            ]
        ]
        | None
    ]
    targets: NotRequired[list[Target] | None]
    because_of: NotRequired[list[str] | None]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]


class GoalChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    words: NotRequired[str | None]
    began: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "thought-of",
            "planned",
            "agreed",
            "active",
            "paused",
            "reached",
            "let-go",
            "not-taken-up",
        ]
        | None
    ]
    said_by: NotRequired[Who | None]
    how_we_know: NotRequired[HowWeKnow | None]
    why: NotRequired[str | None]
    going: NotRequired[
        Literal[
            "under-way",
            "getting-nearer",
            "getting-further-away",
            "about-the-same",
            "reached",
            "kept-up",
            "not-reached",
            "nothing-yet",
            "cannot-be-reached",
        ]
        | None
    ]
    since: NotRequired[str | None]
    importance: NotRequired[int | None]
    confidence: NotRequired[int | None]
    priority: NotRequired[Literal["high", "medium", "low"] | None]
    measured_by: NotRequired[Literal["own-words", "zero-to-ten", "five-steps"] | None]
    steps: NotRequired[Steps | None]
    review_on: NotRequired[Review | None]
    parts_of_life: NotRequired[
        list[
            Literal[
                "housing",
                "access-to-services",
                "caregiver-needs",
                "end-of-life",
                "independence",
                "legal",
                "managing-conditions",
                "medication-management",
                "improving-health-and-wellness",
                "physical-function",
                "social-functioning",
                "emotional-and-mental-health",
            ]
        ]
        | None
    ]
    targets: NotRequired[list[Target] | None]
    because_of: NotRequired[list[str] | None]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]


class GoalJourney(TypedDict):
    """One goal's way. touch_points: contacts about it. hand_offs: of the requests about it."""

    goal: str
    touch_points: int
    organisations: int
    hand_offs: int
    told_again: int


class GoalMeasured(TypedDict):
    """What one goal counts for. why: the first thing it lacks, "" where it lacks nothing."""

    goal: str
    words: str
    identified: bool
    followed_up: bool
    achieved: bool
    why: str


class GoalPage(TypedDict):
    entries: list[StoredGoal]
    next: NotRequired[str | None]


class GoalToLookAt(TypedDict):
    """A goal to look at again. last: the day on which anybody did, and days since then."""

    entry: str
    words: Words
    standing: str
    why: Why
    last: str
    days: int


class GoalTold(TypedDict):
    """A goal. importance: 0 to 10. moving: which way, all in all. since: of the standing."""

    entry: str
    words: Words
    standing: str
    since: str
    why: str
    importance: int | None
    how_close: HowClose | None
    moving: str


class Happening(TypedDict):
    """One thing in the story. when: as it is written. what: in plain words. words: what
    somebody said, as they said it. by: who said or did it; "" for the person. organisation:
    which was there. goals: that it is about; about: the same in words, where the reader may see
    them. told_again: whether the person had to tell it again, where that is said. language: of
    the words. what_language: of what, where it is told otherwise than in English. their_note:
    as of `Words`."""

    entry: str
    kind: Kind
    when: str
    what: str
    words: NotRequired[str]
    by: NotRequired[str]
    organisation: NotRequired[str]
    goals: NotRequired[list[str]]
    about: NotRequired[list[str]]
    told_again: NotRequired[bool | None]
    language: NotRequired[str]
    their_note: NotRequired[str]
    what_language: NotRequired[str]


class Help(TypedDict):
    """A request for help. states: where each end of it has got to. with_whom: who has it, each
    once. too_long: what has waited too long, or "". do_not_contact: how they will be in touch
    themselves, where getting in touch could put them in danger; else ""."""

    entry: str
    words: Words
    states: list[str]
    with_whom: list[str]
    waiting_days: int | None
    hand_offs: int
    goals: list[str]
    too_long: str
    said: str
    do_not_contact: NotRequired[str]


class HowClose(TypedDict):
    """How close somebody is to a goal. number: 0 to 10, -2 to +2, or None in own words. words:
    what that is called. note: what was said besides. by: whose word it is. since_last,
    since_start: which way it is moving; "" where that is not known."""

    way: Way
    number: int | None
    words: str
    note: str
    by: Voice
    when: str
    since_last: NotRequired[str]
    since_start: NotRequired[str]


class HowToTalk(TypedDict):
    """What to know before the first word. take_care: what people should take care with.
    interpreter: null where nobody said. reach: the way they like best first."""

    take_care: list[Words]
    languages: list[SummaryPageLanguage]
    interpreter: bool | None
    in_my_words: Words | None
    reach: list[str]


class HowWeKnow(TypedDict):
    """How we know that the person wants this, when somebody else says it."""

    how: NotRequired[
        Literal["said", "wrote", "showed", "interpreted", "said-before", "known-well"] | None
    ]
    words: NotRequired[str | None]


class Journey(TypedDict):
    """A page of the story, the oldest first. figures: of all of it, with the first page. next:
    leads to the page that follows. not_shown: what the token of who reads does not reach."""

    happened: list[Happening]
    figures: NotRequired[Figures | None]
    next: NotRequired[str | None]
    not_shown: NotRequired[list[str]]


Kind = Literal[
    "said",
    "about-me",
    "goal",
    "progress",
    "asked-for-help",
    "help",
    "told",
    "contact",
    "agreed",
    "experience",
    "noted",
]


class LeftOut(TypedDict):
    """How many people are not in the population, for one reason."""

    why: str
    people: int


class Loaded(TypedDict):
    """What became of them all."""

    created: int
    here_already: int
    refused: int
    contacts: list[LoadedContact]


class LoadedContact(TypedDict):
    """What became of one of them, in the order sent."""

    your_reference: NotRequired[str | None]
    person: NotRequired[str | None]
    outcome: Literal["created", "here-already", "refused"]
    id: NotRequired[str | None]
    status: NotRequired[int | None]
    faults: NotRequired[list[FaultOfOne] | None]


class Looked(TypedDict):
    """One sentence: somebody who looked, or tried to."""

    words: str
    first: str
    last: str
    times: int
    who: Who
    refused: bool


class LookedPage(TypedDict):
    """Who has looked, the newest first."""

    entries: list[Looked]
    next: NotRequired[str | None]


class MeanTScore(TypedDict):
    """The means of the T-scores of several people, of whom all goals count the same."""

    people: int
    start: float
    now: float
    change: float


class Measured(TypedDict):
    """Something that was measured."""

    number: NotRequired[float | None]
    unit: NotRequired[str | None]
    unit_code: NotRequired[str | None]
    count: NotRequired[int | None]
    words: NotRequired[str | None]
    what: NotRequired[str | None]


class MeasuresForEverybody(TypedDict):
    """What anyone may see: without any number from one to seven, or one that tells of such."""

    population: int | None
    identified: SafeShare
    followed_up: SafeShare
    achieved: SafeShare
    t_score: SafeMean | None


class Member(TypedDict):
    """One on the team: who, what they are to me, for which organisation, from when to when."""

    who: NotRequired[Who | None]
    role: NotRequired[str | None]
    on_behalf_of: NotRequired[Who | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]


class MostImportant(TypedDict):
    """in_short: the part of About Me of that name. things: what matters, in the person's order
    where they gave one. more: how many more there are."""

    in_short: Words | None
    things: list[Words]
    more: int


class MoveOfGoal(TypedDict):
    """A move of a goal, and why."""

    said_by: NotRequired[Sayer | None]
    how_we_know: NotRequired[
        Literal["said", "wrote", "showed", "interpreted", "said-before", "known-well"] | None
    ]
    why: NotRequired[str | None]


class MovedForAReason(TypedDict):
    """A move that needs a reason, in words that the person can be told."""

    by: NotRequired[Worker | None]
    step: NotRequired[str | None]
    words: str


class MovedRequest(TypedDict):
    """A move, and what is said with it."""

    by: NotRequired[Worker | None]
    step: NotRequired[str | None]
    words: NotRequired[str | None]


class Name(TypedDict):
    """One name: in parts, or as it is written in full."""

    kind: NotRequired[
        Literal[
            "usual", "official", "for-now", "nickname", "not-their-own", "old", "before-marriage"
        ]
        | None
    ]
    full: NotRequired[str | None]
    family: NotRequired[str | None]
    given: NotRequired[list[str] | None]
    before: NotRequired[list[str] | None]
    after: NotRequired[list[str] | None]
    since: NotRequired[str | None]
    until: NotRequired[str | None]


class NhsNumber(TypedDict):
    """The NHS number, and whether somebody has made sure that it is theirs."""

    number: str
    checked: NotRequired[
        Literal[
            "verified",
            "not-traced",
            "to-be-traced",
            "no-match-or-several",
            "to-be-resolved",
            "being-traced",
            "no-number-and-none-looked-for",
            "traced-later",
        ]
        | None
    ]


class Note(TypedDict):
    """A note, and who wrote it."""

    words: str
    by: NotRequired[Who | None]
    at: NotRequired[str | None]


# Whose figures, and of which days: from the first to the last, both counted.
OfPeople = TypedDict("OfPeople", {"people": "list[str]", "from": "str", "to": "str"})


class OtherEntry(TypedDict):
    """An entry without plain words."""

    type: str
    id: str
    words: NotRequired[str | None]
    fhir: dict[str, Any]


class OtherEntryPage(TypedDict):
    """A page of them. It may hold fewer than there is room for, and more follow."""

    entries: list[OtherEntry]
    next: NotRequired[str | None]


Overall = Literal["very-good", "good", "neither", "poor", "very-poor", "dont-know"]

Overdue = Literal[
    "Nobody has answered in the time that was given.",
    "The day by which it was to be done has passed.",
    "It is done, and the person has not been told.",
]


class Page(TypedDict):
    """The one page to read before a conversation. not_shown: the parts that the token of who
    reads does not reach, so that they are not taken for empty. written: when this page was
    made."""

    person: Whom
    how_to_talk: HowToTalk
    most_important: MostImportant
    please: Words | None
    how_to_support: Words | None
    goals: list[GoalTold]
    more_goals: int
    who_helps: list[SummaryPageHelper]
    more_who_help: int
    requests: list[Help]
    more_requests: int
    since_we_met: SinceWeMet | None
    since_you_looked: SinceYouLooked | None
    not_shown: list[str]
    written: str


class PassedOn(TypedDict):
    """Passed on, and why."""

    by: NotRequired[Worker | None]
    step: NotRequired[str | None]
    words: str
    to: NotRequired[ActingHelper | None]


class Person(TypedDict):
    """A person, as they want to be known."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    languages: NotRequired[list[PeopleLanguage] | None]
    needs_interpreter: NotRequired[bool | None]
    pronouns: NotRequired[list[str] | None]
    called: NotRequired[str | None]
    names: NotRequired[list[Name] | None]
    born: NotRequired[str | None]
    nhs_number: NotRequired[NhsNumber | None]
    no_nhs_number_because: NotRequired[
        Literal["not-known", "from-overseas", "from-another-nation"] | None
    ]
    reach: NotRequired[list[WhereaboutsReach] | None]
    addresses: NotRequired[list[Address] | None]
    gender: NotRequired[Literal["female", "male", "other", "unknown"] | None]
    ethnic_category: NotRequired[EthnicCategory | None]
    surgery: NotRequired[list[Who] | None]
    looked_after_by: NotRequired[Who | None]
    in_use: NotRequired[bool]


class PersonChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    languages: NotRequired[list[PeopleLanguage] | None]
    needs_interpreter: NotRequired[bool | None]
    pronouns: NotRequired[list[str] | None]
    called: NotRequired[str | None]
    names: NotRequired[list[Name] | None]
    born: NotRequired[str | None]
    nhs_number: NotRequired[NhsNumber | None]
    no_nhs_number_because: NotRequired[
        Literal["not-known", "from-overseas", "from-another-nation"] | None
    ]
    reach: NotRequired[list[WhereaboutsReach] | None]
    addresses: NotRequired[list[Address] | None]
    gender: NotRequired[Literal["female", "male", "other", "unknown"] | None]
    ethnic_category: NotRequired[EthnicCategory | None]
    surgery: NotRequired[list[Who] | None]
    looked_after_by: NotRequired[Who | None]
    in_use: NotRequired[bool | None]


class PersonMeasured(TypedDict):
    """What one person counts for. in_population: whether they are in the denominator; why: the
    reason they are not, and then no goal is looked at. goals: those that count first.
    not_shown: what the token of who reads does not reach."""

    first_day: str
    last_day: str
    in_population: bool
    why: str
    identified: bool
    followed_up: bool
    achieved: bool
    goals: list[GoalMeasured]
    t_score: TScores
    not_shown: list[str]


class PersonName(TypedDict):
    """A name, in parts or whole."""

    given: NotRequired[list[str] | None]
    family: NotRequired[str | None]
    whole: NotRequired[str | None]


class Prior(TypedDict):
    """One of the things that matter most: a goal, or a statement."""

    goal: NotRequired[str | None]
    statement: NotRequired[str | None]


class Priorities(TypedDict):
    """What matters most to me, in order."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    title: NotRequired[str]
    order: NotRequired[list[Prior] | None]
    nothing_because: NotRequired[str | None]
    ordered_by: NotRequired[Who | None]
    when: NotRequired[str | None]
    state: NotRequired[Literal["stands", "over", "mistake"]]
    notes: NotRequired[list[Note] | None]


class PrioritiesChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    title: NotRequired[str | None]
    order: NotRequired[list[Prior] | None]
    nothing_because: NotRequired[str | None]
    ordered_by: NotRequired[Who | None]
    when: NotRequired[str | None]
    state: NotRequired[Literal["stands", "over", "mistake"] | None]
    notes: NotRequired[list[Note] | None]


class PrioritiesPage(TypedDict):
    entries: list[StoredPriorities]
    next: NotRequired[str | None]


class PrioritisedGoal(TypedDict):
    """How much a goal matters now, and how sure the person is."""

    said_by: NotRequired[Sayer | None]
    how_we_know: NotRequired[
        Literal["said", "wrote", "showed", "interpreted", "said-before", "known-well"] | None
    ]
    importance: NotRequired[int | None]
    confidence: NotRequired[int | None]
    priority: NotRequired[Literal["high", "medium", "low"] | None]


class Problem(TypedDict):
    """Why the answer is no."""

    type: NotRequired[str]
    title: str
    status: int
    detail: str
    faults: NotRequired[list[Fault]]


class Progress(TypedDict):
    """How close I am to a goal: told in one way."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    goal: str
    words: NotRequired[str | None]
    number: NotRequired[int | None]
    step: NotRequired[Literal["much-more", "more", "as-hoped", "less", "much-less"] | None]
    view: NotRequired[Literal["at-the-start", "person", "worker", "supporter"] | None]
    measured: NotRequired[Measured | None]


class ProgressChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    goal: NotRequired[str | None]
    words: NotRequired[str | None]
    number: NotRequired[int | None]
    step: NotRequired[Literal["much-more", "more", "as-hoped", "less", "much-less"] | None]
    view: NotRequired[Literal["at-the-start", "person", "worker", "supporter"] | None]
    measured: NotRequired[Measured | None]


class ProgressPage(TypedDict):
    entries: list[StoredProgress]
    next: NotRequired[str | None]


class ReadsOf(TypedDict):
    """How often one organisation read what others wrote."""

    organisation: str
    times: int


class Remark(TypedDict):
    """One remark: never a no."""

    kind: Literal["jargon", "unkind", "tone", "abbreviation", "long sentence", "reading age"]
    found: str
    say: str
    line: int
    column: int


class Remarks(TypedDict):
    """What was remarked upon. reading_age: null for a text of fewer than thirty words."""

    words: int
    sentences: int
    reading_age: float | None
    remarks: list[Remark]


class Request(TypedDict):
    id: str
    person: str
    state: Literal[
        "not-asked-yet",
        "asked",
        "offered",
        "taken-on",
        "under-way",
        "waiting",
        "done",
        "told-back",
        "that-helped",
        "not-yet",
        "declined",
        "passed-on",
        "could-not-be-done",
        "taken-back",
        "a-mistake",
    ]
    asked_at: NotRequired[str | None]
    is_answered: bool
    overdue: NotRequired[Overdue | None]
    hand_offs: int
    steps: NotRequired[list[StepOfRequest] | None]
    said: NotRequired[list[Said] | None]
    may_become: NotRequired[
        list[
            Literal[
                "ask",
                "offer",
                "accept",
                "decline",
                "pass-on",
                "start",
                "wait",
                "done",
                "could-not-be-done",
                "tell-back",
                "confirm",
                "take-back",
                "ask-again",
            ]
        ]
        | None
    ]
    version: int
    changed_at: NotRequired[str | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    words: NotRequired[str | None]
    why: NotRequired[str | None]
    about_goals: NotRequired[list[str] | None]
    how_soon: NotRequired[Literal["when-it-can", "soon", "as-soon-as-possible", "at-once"] | None]
    by_when: NotRequired[str | None]
    every: NotRequired[Every | None]
    do_not_contact: NotRequired[str | None]
    asked_by: NotRequired[Who | None]
    of: NotRequired[ActingHelper | None]


class RequestPage(TypedDict):
    entries: list[Request]
    next: NotRequired[str | None]


class Review(TypedDict):
    """When to look again: on a day, after so many days in which nobody looked, or in words."""

    day: NotRequired[str | None]
    after_days: NotRequired[int | None]
    words: NotRequired[str | None]


class RewordedGoal(TypedDict):
    """A goal in new words; those before are kept with it."""

    said_by: NotRequired[Sayer | None]
    how_we_know: NotRequired[
        Literal["said", "wrote", "showed", "interpreted", "said-before", "known-well"] | None
    ]
    words: str


class RoomOf(TypedDict):
    """What an organisation says of its room; only its id where it has said nothing."""

    organisation: str
    room: NotRequired[Literal["room", "no-room", "waiting-list", "talk-first"] | None]
    in_words: NotRequired[str | None]
    words: NotRequired[str | None]
    said_at: NotRequired[str | None]


class SafeMean(TypedDict):
    """The same in whole points, of eight people or more."""

    people: int
    start: int
    now: int
    change: int


class SafeScores(TypedDict):
    """What anyone may see. A count is to the nearest five; None is a count that is too small to
    tell, or a share that such a count could be worked out from. Shares are whole per cent."""

    answers: int | None
    by_answer: dict[str, Any]
    positive_percent: int | None
    negative_percent: int | None


class SafeShare(TypedDict):
    """The same to the nearest five and in whole per cent; null for what is too small to tell."""

    people: int | None
    percent: int | None


class Said(TypedDict):
    """What was said to whom about it."""

    what: NotRequired[str | None]
    words: NotRequired[str | None]
    by: NotRequired[Who | None]
    on_behalf_of: NotRequired[Who | None]
    to: NotRequired[list[Who] | None]
    at: NotRequired[str | None]
    how: NotRequired[str | None]


class SaidAndDone(TypedDict):
    """unanswered: the oldest first. answered: in the order they were said. more: what was said
    longer ago than can be told here. not_shown: what the token of who reads does not reach."""

    unanswered: list[Thread]
    answered: list[Thread]
    more: NotRequired[int]
    not_shown: NotRequired[list[str]]


class SaidRoom(TypedDict):
    """Whether there is room to help now."""

    room: Literal["room", "no-room", "waiting-list", "talk-first"]
    words: NotRequired[str | None]


class Sayer(TypedDict):
    """Somebody whose words it is: the person, who helps them, or a worker."""

    kind: Literal["person", "supporter", "worker"]
    id: str


class Score(TypedDict):
    """What was found: a number with its unit, a whole number, or words."""

    number: NotRequired[float | None]
    unit: NotRequired[str | None]
    unit_code: NotRequired[str | None]
    count: NotRequired[int | None]
    words: NotRequired[str | None]


class Sees(TypedDict):
    """What one organisation or supporter would see now."""

    who: Who
    sees: bool
    entries: NotRequired[int | None]
    also_for: NotRequired[list[str]]


class SeesPage(TypedDict):
    """Who can see it."""

    entries: list[Sees]


class SetMeasured(TypedDict):
    """What a set of people counts for, exact: for who may see each of them. people: how many
    were found. not_found: the ids for which there is nobody here whom you may see."""

    first_day: str
    last_day: str
    people: int
    population: int
    left_out: list[LeftOut]
    identified: Share
    followed_up: Share
    achieved: Share
    t_score: MeanTScore | None
    for_everybody: MeasuresForEverybody
    not_found: list[str]
    not_shown: list[str]


class Share(TypedDict):
    """How many of the population count for a measure, and their share in per cent; null of
    nobody."""

    people: int
    percent: float | None


class ShareOfAnswers(TypedDict):
    """How many of the answers these are, and their share in per cent; null of none."""

    answers: int
    percent: float | None


class SharingChoice(TypedDict):
    """One choice about who may see what."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    choice: Literal["yes", "no"]
    to: list[Who]
    sorts: NotRequired[
        list[
            Literal[
                "the-person",
                "supporters",
                "team",
                "goals",
                "told",
                "actions",
                "requests-for-help",
                "work-on-requests",
                "contacts",
                "messages",
                "answers",
                "priorities",
                "adjustments",
                "conditions",
            ]
        ]
        | None
    ]
    entries: NotRequired[list[Chosen] | None]
    how_private: NotRequired[list[Literal["usual", "restricted"]] | None]
    uses: NotRequired[list[Literal["helping", "planning-help", "research", "public-health"]] | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    when: NotRequired[str | None]
    chosen_by: NotRequired[list[Who] | None]
    state: NotRequired[
        Literal["thought-of", "first-draft", "stands", "taken-back", "not-agreed", "mistake"]
    ]


class SharingChoiceChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    choice: NotRequired[Literal["yes", "no"] | None]
    to: NotRequired[list[Who] | None]
    sorts: NotRequired[
        list[
            Literal[
                "the-person",
                "supporters",
                "team",
                "goals",
                "told",
                "actions",
                "requests-for-help",
                "work-on-requests",
                "contacts",
                "messages",
                "answers",
                "priorities",
                "adjustments",
                "conditions",
            ]
        ]
        | None
    ]
    entries: NotRequired[list[Chosen] | None]
    how_private: NotRequired[list[Literal["usual", "restricted"]] | None]
    uses: NotRequired[list[Literal["helping", "planning-help", "research", "public-health"]] | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    when: NotRequired[str | None]
    chosen_by: NotRequired[list[Who] | None]
    state: NotRequired[
        Literal["thought-of", "first-draft", "stands", "taken-back", "not-agreed", "mistake"] | None
    ]


class SharingChoicePage(TypedDict):
    entries: list[StoredSharingChoice]
    next: NotRequired[str | None]


class SinceWeMet(TypedDict):
    """What was done since this organisation was last in touch. last: that contact."""

    last: Happening
    done: list[Happening]
    more: int


class SinceYouLooked(TypedDict):
    """What was written since the one who reads last opened this page."""

    last: str
    changed: list[Changed]
    more: int


Stage = Literal[
    "nothing has been done yet",
    "asked, and no answer yet",
    "under way",
    "done, and not told back yet",
    "told back",
    "that helped",
    "paused",
    "reached",
    "ended",
]


class Statement(TypedDict):
    """Something that matters to me. Nothing is tidied up."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: str
    supported_to_write_by: NotRequired[str | None]


class StatementChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    supported_to_write_by: NotRequired[str | None]


class StatementPage(TypedDict):
    entries: list[StoredStatement]
    next: NotRequired[str | None]


class StepOfRequest(TypedDict):
    """One step: one organisation or one human being who was asked."""

    id: str
    of: NotRequired[Who | None]
    state: Literal[
        "not-asked-yet",
        "asked",
        "offered",
        "taken-on",
        "under-way",
        "waiting",
        "done",
        "told-back",
        "that-helped",
        "not-yet",
        "declined",
        "passed-on",
        "could-not-be-done",
        "taken-back",
        "a-mistake",
    ]
    after: NotRequired[str | None]
    asked_at: NotRequired[str | None]
    last_at: NotRequired[str | None]
    by_when: NotRequired[str | None]
    why: NotRequired[str | None]
    helped: NotRequired[bool | None]
    notes: NotRequired[list[Note] | None]


class Steps(TypedDict):
    """Five steps that anyone can recognise, in plain words: from much more than hoped to much
    less."""

    much_more: str
    more: str
    as_hoped: str
    less: str
    much_less: str


class StoredAboutMe(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    supported_to_write_by: NotRequired[str | None]
    section: NotRequired[
        Literal[
            "most-important", "people", "communication", "wellness", "please-do", "support", "also"
        ]
        | None
    ]
    own_words: NotRequired[bool | None]


class StoredAction(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    title: NotRequired[str | None]
    agreed_on: NotRequired[str | None]
    agreed_by: NotRequired[Who | None]
    together_with: NotRequired[list[Who] | None]
    goals: NotRequired[list[str] | None]
    things: NotRequired[list[Thing] | None]
    state: NotRequired[
        Literal["first-draft", "active", "paused", "over", "done", "mistake", "not-known"] | None
    ]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    review_on: NotRequired[Review | None]
    team: NotRequired[list[str] | None]
    notes: NotRequired[list[Note] | None]


class StoredAdjustment(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    words: NotRequired[str | None]
    sort: NotRequired[str | None]
    said_by: NotRequired[Who | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    state: NotRequired[Literal["stands", "over", "mistake"] | None]
    own_words: NotRequired[bool | None]


class StoredAssessment(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    name: NotRequired[str | None]
    score: NotRequired[Score | None]
    parts: NotRequired[list[AssessmentPart] | None]


class StoredBarrier(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    sort: NotRequired[
        Literal["pain", "feeling-anxious", "feeling-tired", "hearing", "bladder"] | None
    ]
    about_goals: NotRequired[list[str] | None]
    own_words: NotRequired[bool | None]


class StoredContact(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    organisation: NotRequired[Who | None]
    with_whom: NotRequired[list[Who] | None]
    began: NotRequired[str | None]
    ended: NotRequired[str | None]
    how: NotRequired[
        Literal[
            "visit-to-us",
            "at-home",
            "out-and-about",
            "by-phone-or-video",
            "emergency",
            "hospital-stay",
            "hospital-day",
        ]
        | None
    ]
    state: NotRequired[
        Literal[
            "planned",
            "there",
            "being-sorted",
            "under-way",
            "on-leave",
            "over",
            "called-off",
            "mistake",
            "not-known",
        ]
        | None
    ]
    what: NotRequired[str | None]
    why: NotRequired[str | None]
    about_goals: NotRequired[list[str] | None]
    told_again: NotRequired[bool | None]
    what_matters: NotRequired[Literal["not-asked", "read", "asked", "updated"] | None]
    places: NotRequired[list[str] | None]
    requests_for_help: NotRequired[list[str] | None]


class StoredExperience(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    overall: NotRequired[
        Literal["very-good", "good", "neither", "poor", "very-poor", "dont-know"] | None
    ]
    why: NotRequired[str | None]
    better: NotRequired[str | None]
    not_repeated: NotRequired[Literal["true-for-me", "partly-true", "not-true", "not-sure"] | None]
    story: NotRequired[str | None]
    when: NotRequired[str | None]
    told_by: NotRequired[Who | None]
    written_down_by: NotRequired[Who | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[Literal["begun", "done", "changed", "stopped", "mistake"] | None]
    own_words: NotRequired[bool | None]


class StoredGoal(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    words: NotRequired[str | None]
    began: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "thought-of",
            "planned",
            "agreed",
            "active",
            "paused",
            "reached",
            "let-go",
            "not-taken-up",
        ]
        | None
    ]
    said_by: NotRequired[Who | None]
    how_we_know: NotRequired[HowWeKnow | None]
    why: NotRequired[str | None]
    going: NotRequired[
        Literal[
            "under-way",
            "getting-nearer",
            "getting-further-away",
            "about-the-same",
            "reached",
            "kept-up",
            "not-reached",
            "nothing-yet",
            "cannot-be-reached",
        ]
        | None
    ]
    since: NotRequired[str | None]
    importance: NotRequired[int | None]
    confidence: NotRequired[int | None]
    priority: NotRequired[Literal["high", "medium", "low"] | None]
    measured_by: NotRequired[Literal["own-words", "zero-to-ten", "five-steps"] | None]
    steps: NotRequired[Steps | None]
    review_on: NotRequired[Review | None]
    parts_of_life: NotRequired[
        list[
            Literal[
                "housing",
                "access-to-services",
                "caregiver-needs",
                "end-of-life",
                "independence",
                "legal",
                "managing-conditions",
                "medication-management",
                "improving-health-and-wellness",
                "physical-function",
                "social-functioning",
                "emotional-and-mental-health",
            ]
        ]
        | None
    ]
    targets: NotRequired[list[Target] | None]
    because_of: NotRequired[list[str] | None]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    may_become: NotRequired[
        list[Literal["start", "pause", "pick-up-again", "reached", "let-go"]] | None
    ]
    own_words: NotRequired[bool | None]


class StoredPerson(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    languages: NotRequired[list[PeopleLanguage] | None]
    needs_interpreter: NotRequired[bool | None]
    pronouns: NotRequired[list[str] | None]
    called: NotRequired[str | None]
    names: NotRequired[list[Name] | None]
    born: NotRequired[str | None]
    nhs_number: NotRequired[NhsNumber | None]
    no_nhs_number_because: NotRequired[
        Literal["not-known", "from-overseas", "from-another-nation"] | None
    ]
    reach: NotRequired[list[WhereaboutsReach] | None]
    addresses: NotRequired[list[Address] | None]
    gender: NotRequired[Literal["female", "male", "other", "unknown"] | None]
    ethnic_category: NotRequired[EthnicCategory | None]
    surgery: NotRequired[list[Who] | None]
    looked_after_by: NotRequired[Who | None]
    in_use: NotRequired[bool | None]


class StoredPriorities(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    title: NotRequired[str | None]
    order: NotRequired[list[Prior] | None]
    nothing_because: NotRequired[str | None]
    ordered_by: NotRequired[Who | None]
    when: NotRequired[str | None]
    state: NotRequired[Literal["stands", "over", "mistake"] | None]
    notes: NotRequired[list[Note] | None]


class StoredProgress(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    goal: NotRequired[str | None]
    words: NotRequired[str | None]
    number: NotRequired[int | None]
    step: NotRequired[Literal["much-more", "more", "as-hoped", "less", "much-less"] | None]
    view: NotRequired[Literal["at-the-start", "person", "worker", "supporter"] | None]
    measured: NotRequired[Measured | None]
    own_words: NotRequired[bool | None]


class StoredSharingChoice(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    choice: NotRequired[Literal["yes", "no"] | None]
    to: NotRequired[list[Who] | None]
    sorts: NotRequired[
        list[
            Literal[
                "the-person",
                "supporters",
                "team",
                "goals",
                "told",
                "actions",
                "requests-for-help",
                "work-on-requests",
                "contacts",
                "messages",
                "answers",
                "priorities",
                "adjustments",
                "conditions",
            ]
        ]
        | None
    ]
    entries: NotRequired[list[Chosen] | None]
    how_private: NotRequired[list[Literal["usual", "restricted"]] | None]
    uses: NotRequired[list[Literal["helping", "planning-help", "research", "public-health"]] | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    when: NotRequired[str | None]
    chosen_by: NotRequired[list[Who] | None]
    state: NotRequired[
        Literal["thought-of", "first-draft", "stands", "taken-back", "not-agreed", "mistake"] | None
    ]
    in_words: NotRequired[str | None]


class StoredStatement(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    supported_to_write_by: NotRequired[str | None]
    own_words: NotRequired[bool | None]


class StoredStory(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    own_words: NotRequired[bool | None]


class StoredStrength(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    about_goals: NotRequired[list[str] | None]
    own_words: NotRequired[bool | None]


class StoredSupporter(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    name: NotRequired[PersonName | None]
    relationship: NotRequired[str | None]
    basis: NotRequired[
        Literal[
            "chosen-by-person",
            "parental-responsibility",
            "attorney-health",
            "attorney-money",
            "court-deputy",
            "advocate",
            "best-interests",
        ]
        | None
    ]
    state: NotRequired[Literal["invited", "helping", "paused", "said-no", "ended"] | None]
    reason: NotRequired[
        Literal[
            "recorded",
            "invited-by-person",
            "invited-on-legal-ground",
            "accepted",
            "declined",
            "invitation-withdrawn",
            "invitation-expired",
            "person-asked-to-pause",
            "supporter-asked-to-pause",
            "person-asked-to-resume",
            "under-review",
            "review-agreed",
            "person-can-decide",
            "person-cannot-decide",
            "misuse",
            "person-asked-to-stop",
            "supporter-asked-to-stop",
            "ground-no-longer-holds",
            "person-has-died",
            "supporter-has-died",
            "end-date-reached",
            "entered-in-error",
        ]
        | None
    ]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    reach: NotRequired[list[PeopleAroundReach] | None]
    born: NotRequired[str | None]
    gender: NotRequired[Literal["female", "male", "other", "unknown"] | None]


class StoredTeam(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    name: NotRequired[str | None]
    members: NotRequired[list[Member] | None]
    state: NotRequired[Literal["thought-of", "active", "paused", "over", "mistake"] | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    notes: NotRequired[list[Note] | None]


class StoredWellbeing(TypedDict):
    id: str
    person: NotRequired[str]
    version: NotRequired[int]
    changed_at: NotRequired[str]
    written_by: NotRequired[Who | None]
    also: NotRequired[dict[str, Any] | None]
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    satisfied: NotRequired[int | None]
    worthwhile: NotRequired[int | None]
    happy: NotRequired[int | None]
    anxious: NotRequired[int | None]
    bands: NotRequired[dict[str, Any] | None]


class Story(TypedDict):
    """A story of mine: how it went, in my own words."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: str


class StoryChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]


class StoryPage(TypedDict):
    entries: list[StoredStory]
    next: NotRequired[str | None]


class Strength(TypedDict):
    """Something I have, can do or can count on."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: str
    about_goals: NotRequired[list[str] | None]


class StrengthChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    words: NotRequired[str | None]
    about_goals: NotRequired[list[str] | None]


class StrengthPage(TypedDict):
    entries: list[StoredStrength]
    next: NotRequired[str | None]


class Supporter(TypedDict):
    """Somebody who helps me, and on what ground."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    name: PersonName
    relationship: str
    basis: Literal[
        "chosen-by-person",
        "parental-responsibility",
        "attorney-health",
        "attorney-money",
        "court-deputy",
        "advocate",
        "best-interests",
    ]
    state: NotRequired[Literal["invited", "helping", "paused", "said-no", "ended"]]
    reason: NotRequired[
        Literal[
            "recorded",
            "invited-by-person",
            "invited-on-legal-ground",
            "accepted",
            "declined",
            "invitation-withdrawn",
            "invitation-expired",
            "person-asked-to-pause",
            "supporter-asked-to-pause",
            "person-asked-to-resume",
            "under-review",
            "review-agreed",
            "person-can-decide",
            "person-cannot-decide",
            "misuse",
            "person-asked-to-stop",
            "supporter-asked-to-stop",
            "ground-no-longer-holds",
            "person-has-died",
            "supporter-has-died",
            "end-date-reached",
            "entered-in-error",
        ]
        | None
    ]
    first_day: str
    last_day: NotRequired[str | None]
    reach: NotRequired[list[PeopleAroundReach] | None]
    born: NotRequired[str | None]
    gender: NotRequired[Literal["female", "male", "other", "unknown"] | None]


class SupporterChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    name: NotRequired[PersonName | None]
    relationship: NotRequired[str | None]
    basis: NotRequired[
        Literal[
            "chosen-by-person",
            "parental-responsibility",
            "attorney-health",
            "attorney-money",
            "court-deputy",
            "advocate",
            "best-interests",
        ]
        | None
    ]
    state: NotRequired[Literal["invited", "helping", "paused", "said-no", "ended"] | None]
    reason: NotRequired[
        Literal[
            "recorded",
            "invited-by-person",
            "invited-on-legal-ground",
            "accepted",
            "declined",
            "invitation-withdrawn",
            "invitation-expired",
            "person-asked-to-pause",
            "supporter-asked-to-pause",
            "person-asked-to-resume",
            "under-review",
            "review-agreed",
            "person-can-decide",
            "person-cannot-decide",
            "misuse",
            "person-asked-to-stop",
            "supporter-asked-to-stop",
            "ground-no-longer-holds",
            "person-has-died",
            "supporter-has-died",
            "end-date-reached",
            "entered-in-error",
        ]
        | None
    ]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    reach: NotRequired[list[PeopleAroundReach] | None]
    born: NotRequired[str | None]
    gender: NotRequired[Literal["female", "male", "other", "unknown"] | None]


class SupporterPage(TypedDict):
    entries: list[StoredSupporter]
    next: NotRequired[str | None]


class TScore(TypedDict):
    """50 is as hoped for, 10 is one standard deviation. change: above 0 is nearer to it."""

    start: float
    now: float
    change: float


class TScores(TypedDict):
    """goals: how many were scored twice or more on the five steps. scored_once: how many were
    only once, and are in no figure. alike: all of them count the same. by_importance: each
    counts by how much it matters; null where one of them does not say so, or does not matter."""

    goals: int
    scored_once: int
    alike: TScore | None
    by_importance: TScore | None


class TakenBack(TypedDict):
    """Taken back, and why."""

    by: NotRequired[Worker | None]
    step: NotRequired[str | None]
    words: str
    how_we_know: NotRequired[
        Literal["said", "wrote", "showed", "interpreted", "said-before", "known-well"] | None
    ]


class Target(TypedDict):
    """What would be reached, and by when."""

    what: NotRequired[str | None]
    number: NotRequired[float | None]
    unit: NotRequired[str | None]
    unit_code: NotRequired[str | None]
    count: NotRequired[int | None]
    words: NotRequired[str | None]
    by: NotRequired[str | None]


class Team(TypedDict):
    """The people helping me."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    name: NotRequired[str | None]
    members: NotRequired[list[Member] | None]
    state: NotRequired[Literal["thought-of", "active", "paused", "over", "mistake"]]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    notes: NotRequired[list[Note] | None]


class TeamChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    name: NotRequired[str | None]
    members: NotRequired[list[Member] | None]
    state: NotRequired[Literal["thought-of", "active", "paused", "over", "mistake"] | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    notes: NotRequired[list[Note] | None]


class TeamPage(TypedDict):
    entries: list[StoredTeam]
    next: NotRequired[str | None]


class Text(TypedDict):
    """What is to be sent to somebody."""

    text: str


class Thing(TypedDict):
    """One thing to do; or a request for help, which says it itself."""

    what: NotRequired[str | None]
    who: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    every: NotRequired[Every | None]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    for_goals: NotRequired[list[str] | None]
    state: NotRequired[
        Literal[
            "not-begun",
            "planned",
            "under-way",
            "paused",
            "done",
            "called-off",
            "stopped",
            "mistake",
            "not-known",
        ]
        | None
    ]
    why: NotRequired[str | None]
    review_on: NotRequired[Review | None]
    place: NotRequired[str | None]
    how_it_went: NotRequired[list[Note] | None]
    request_for_help: NotRequired[str | None]


class Thread(TypedDict):
    """One thing that was said, and what came of it. waiting_days: without an answer, since it
    was asked, or said where nothing was. helped: what the person said of the help, the last of
    it where they said more; null where they have not said."""

    said: Words
    stage: Stage
    waiting_days: int | None
    goals: list[GoalTold]
    requests: list[Help]
    agreed: list[Agreed]
    told_back: list[Words]
    helped: bool | None


class ToLookAt(TypedDict):
    """The goals to look at again, the one that has waited longest first. not_shown: what the
    token of who reads does not reach."""

    goals: list[GoalToLookAt]
    not_shown: list[str]


class ToldBack(TypedDict):
    """What the person was told came of it."""

    by: NotRequired[Worker | None]
    step: NotRequired[str | None]
    words: str
    how: NotRequired[str | None]


class ToldOnce(TypedDict):
    """read_elsewhere: reads by another organisation than wrote it. entries_read_elsewhere: how
    many entries these were. told_again, not_again: contacts at which the person had to tell it
    again, and at which they did not; those that do not say are in neither."""

    read_elsewhere: int
    entries_read_elsewhere: int
    contacts: int
    told_again: int
    not_again: int


class ToldOncePage(TypedDict):
    """conversations: how often a contact started with what matters. whole_record_read: how
    often organisations opened the page, the journey or all of the record. organisations: how
    many were in touch. by_organisation: who read, for the person alone; else null. not_shown:
    what the token of who reads does not reach."""

    figures: ToldOnce
    conversations: Conversations
    whole_record_read: int
    organisations: int
    hand_offs: int
    waits: Waits
    by_goal: list[GoalJourney]
    by_organisation: list[ReadsOf] | None
    not_shown: list[str]


Voice = Literal["person", "supporter", "worker"]


class Waits(TypedDict):
    """Many requests. Days are medians, None of nothing; the time of those still waiting is not
    in them, so how many these are stands beside."""

    requests: int
    answered: int
    days_to_answer: float | None
    helped: int
    days_to_helped: float | None


Way = Literal["own-words", "zero-to-ten", "five-steps"]


class Wellbeing(TypedDict):
    """How I am: at least one answer, from 0 to 10. The answers have no total."""

    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    satisfied: NotRequired[int | None]
    worthwhile: NotRequired[int | None]
    happy: NotRequired[int | None]
    anxious: NotRequired[int | None]


class WellbeingChange(TypedDict):
    kept_from: NotRequired[
        list[Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]]
        | None
    ]
    told_by: NotRequired[list[Who] | None]
    when: NotRequired[str | None]
    at_contact: NotRequired[str | None]
    state: NotRequired[
        Literal[
            "stands",
            "changed",
            "put-right",
            "first-draft",
            "mistake",
            "called-off",
            "asked-for",
            "not-known",
        ]
        | None
    ]
    notes: NotRequired[list[Note] | None]
    language: NotRequired[str | None]
    satisfied: NotRequired[int | None]
    worthwhile: NotRequired[int | None]
    happy: NotRequired[int | None]
    anxious: NotRequired[int | None]


class WellbeingPage(TypedDict):
    entries: list[StoredWellbeing]
    next: NotRequired[str | None]


class Who(TypedDict):
    """Somebody: by kind and id, and the name to show; or by a name alone."""

    kind: NotRequired[
        Literal[
            "person", "supporter", "worker", "worker-in-a-role", "organisation", "service", "team"
        ]
        | None
    ]
    id: NotRequired[str | None]
    name: NotRequired[str | None]


class Whom(TypedDict):
    """Whose page it is. called: what they like to be called."""

    id: str
    name: str
    called: str
    pronouns: list[str]
    born: str


Why = Literal[
    "The day that the person chose has come.",
    "Nobody has looked at it for as long as the person chose.",
]


class Words(TypedDict):
    """What somebody said, as they said it. when: as it is written, "" where it is not said. by:
    who said it, where it was not the person; "" where it was, or is not known. cut: it goes on.
    own: whether the person said it themself. how_known: of another's, how it is known.
    themself: of another's, what the person said of the same. their_note: of another's, what the
    person wrote beside it, such as that they do not agree."""

    entry: str
    words: str
    when: str
    by: NotRequired[str]
    cut: NotRequired[bool]
    language: NotRequired[str]
    own: NotRequired[bool]
    how_known: NotRequired[str]
    themself: NotRequired[Words | None]
    their_note: NotRequired[str]


class Worker(TypedDict):
    """Somebody who works for whoever signs in."""

    kind: NotRequired[Literal["worker"]]
    id: str


class ActingHelper(TypedDict):
    """Somebody who can be asked to help, and answer by their own sign-in."""

    kind: NotRequired[Literal["organisation", "supporter"]]
    id: str
    name: NotRequired[str | None]


class PeopleLanguage(TypedDict):
    """A language that the person speaks or signs."""

    code: str
    name: NotRequired[str | None]
    likes_best: NotRequired[bool | None]


class PeopleAroundReach(TypedDict):
    """A way to reach somebody."""

    by: NotRequired[Literal["phone", "sms", "email", "fax", "pager", "url", "other"] | None]
    at: NotRequired[str | None]
    use: NotRequired[Literal["home", "work", "temp", "old", "mobile"] | None]


class WhereaboutsReach(TypedDict):
    """One way to reach the person."""

    by: Literal["phone", "email", "text-message", "fax", "pager", "web", "other"]
    at: str
    where: NotRequired[Literal["home", "work", "for-now", "old", "mobile"] | None]
    order: NotRequired[int | None]
    since: NotRequired[str | None]
    until: NotRequired[str | None]


class SummaryPageHelper(TypedDict):
    """One of those who help. role: as the person calls it."""

    name: str
    role: str
    organisation: str


class SummaryPageLanguage(TypedDict):
    """code: of BCP 47. name: what it is called."""

    code: str
    name: str


MoveGoal = Literal["start", "pause", "pick-up-again", "reached", "let-go", "reword", "prioritise"]
MoveRequest = Literal[
    "ask",
    "offer",
    "accept",
    "decline",
    "pass-on",
    "start",
    "wait",
    "done",
    "could-not-be-done",
    "tell-back",
    "confirm",
    "take-back",
    "ask-again",
]
