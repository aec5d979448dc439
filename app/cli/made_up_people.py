"""Made-up people: about twenty resources each, the same for the same seed.

Their NHS numbers come from the synthetic range alone (9990000000 to 9999999999), so none of them
can be anybody's: https://digital.nhs.uk/services/personal-demographics-service
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.cli import made_up_words as words
from app.fhir.resource_types import Json
from app.what_matters.attainment import SCALING

VARIETIES = 1_000
GOALS_IN_A_LONG_RECORD = 20
_LONG_EVERY = 20  # people
_GOALS = 4
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_ORGANISATIONS = ("gp-surgery", "acute-trust", "community-trust", "council-care")
_BEGINNING = date(2025, 12, 1)
_EXTENSION = "https://whatmatters.example/fhir/StructureDefinition/"
_LEVELS = (
    ("LA34479-8", "Much better"),
    ("LA34480-6", "Better"),
    ("LA34481-4", "Expected"),
    ("LA34483-0", "Less"),
    ("LA34484-8", "Much less"),
)


def resources(first: int, count: int) -> Iterator[list[Json]]:
    """The resources of each person from number `first` on; the Patient comes first, and what is
    referred to before what refers to it."""
    for number in range(first, first + count):
        yield Person(number).resources()


def has_long_record(number: int) -> bool:
    """Whether this person has exactly twenty goals."""
    return number % _LONG_EVERY == 0


def nhs_number(number: int) -> str:
    """An NHS number of the synthetic range, another for each person, with its check digit (modulus
    11)."""
    # One stem in eleven has no check digit, and then the next one has.
    for stem in range(999_100_000 + 2 * number, 1_000_000_000):
        weighted = sum(int(digit) * (10 - n) for n, digit in enumerate(str(stem)))
        check = (11 - weighted % 11) % 11
        if check < 10:
            return f"{stem}{check}"
    raise ValueError("the synthetic range is used up")


@dataclass
class Person:
    """One made-up person. number: which, from 0; with the seed it decides everything about them.

    Without a seed, people whose numbers differ by VARIETIES tell the same story under ids of their
    own; with one, each tells their own.
    """

    number: int
    seed: int | None = None

    def __post_init__(self) -> None:
        sown = "" if self.seed is None else f"{self.seed} "
        story = self.number % VARIETIES if self.seed is None else self.number
        self.id = _letters(Random(f"id {sown}{self.number}"), 16)  # noqa: S311  (no secrets)
        self._chance = Random(f"story {sown}{story}")  # noqa: S311

    def resources(self) -> list[Json]:
        """Everything of this person."""
        goals = [self.goal() for _ in range(self._goal_count())]
        encounters = [self.encounter() for _ in range(2)]
        request = self.request_for_help(goals[0])
        return [
            self.patient(),
            self.care_team(),
            *encounters,
            *(self.what_matters() for _ in range(2)),
            *goals,
            *(self.attainment(goal) for goal in goals[:_GOALS]),
            self.how_i_am(),
            self.care_plan(goals),
            request,
            self.task(request),
            self.told_back(request),
            self.priorities(goals),
        ]

    def patient(self) -> Json:
        """Who it is."""
        chance = self._chance
        family, given = chance.choice(words.FAMILY), chance.choice(words.GIVEN)
        return {
            "resourceType": "Patient",
            "id": self.id,
            "identifier": [
                {
                    "system": "https://fhir.nhs.uk/Id/nhs-number",
                    "value": nhs_number(self.number),
                }
            ],
            "active": True,
            "name": [{"use": "official", "family": family, "given": [given]}],
            "telecom": [{"system": "phone", "value": f"07700 900{chance.randint(100, 999)}"}],
            "gender": chance.choice(("female", "male")),
            "birthDate": str(date(1930, 1, 1) + timedelta(days=chance.randrange(25_000))),
            "address": [
                {
                    "use": "home",
                    "line": [f"{chance.randint(1, 99)} Duck Steps"],
                    "city": chance.choice(words.PLACES),
                    "postalCode": "TR18 5ZZ",
                }
            ],
            "generalPractitioner": [{"reference": "Organization/gp-surgery"}],
        }

    def care_team(self) -> Json:
        """Who helps."""
        start = self._day()
        return {
            **self._new("CareTeam"),
            "status": "active",
            "name": "The people helping me",
            "period": {"start": start},
            "participant": [
                {
                    "role": [{"text": "My GP surgery"}],
                    "member": {"reference": "Organization/gp-surgery"},
                },
                {
                    "role": [{"text": "Befriending"}],
                    "member": {"reference": "Organization/harbour-befriending"},
                    "period": {"start": start},
                },
            ],
        }

    def goal(self) -> Json:
        """What I want to do: about 2 kB, as goals with five agreed levels are."""
        chance = self._chance
        start = self._day()
        levels = [
            {
                "url": SCALING,
                "extension": [
                    {
                        "url": "level",
                        "valueCoding": {"system": "http://loinc.org", "code": code},
                    },
                    {"url": "progressText", "valueString": text},
                ],
            }
            for (code, _), text in zip(_LEVELS, words.STEPS, strict=True)
        ]
        return {
            **self._new("Goal"),
            "extension": [
                {"url": f"{_EXTENSION}goal-importance", "valueInteger": chance.randint(0, 10)},
                {"url": f"{_EXTENSION}goal-confidence", "valueInteger": chance.randint(0, 10)},
                *levels,
            ],
            "lifecycleStatus": chance.choice(("active", "active", "proposed", "completed")),
            "description": {"text": words.wish(chance)},
            "startDate": start,
            "target": [
                {
                    "measure": {"text": "How often"},
                    "detailQuantity": {"value": chance.randint(1, 7), "unit": "times a week"},
                    "dueDate": "2026-12-24",
                }
            ],
            "expressedBy": self._me(),
            "note": [
                {
                    "authorReference": self._me(),
                    "time": f"{start}T14:20:00+00:00",
                    "text": words.remark(chance),
                }
            ],
        }

    def what_matters(self) -> Json:
        """What matters to me, in my own words."""
        return {
            **self._new("Observation"),
            "status": "final",
            "category": [
                {
                    "coding": [
                        {
                            "system": "http://hl7.org/fhir/us/pco/CodeSystem/"
                            "pco-concepts-temporary",
                            "code": "what-matters",
                        }
                    ]
                }
            ],
            "code": {
                "coding": [{"system": "http://loinc.org", "code": "81338-6"}],
                "text": "What matters to me",
            },
            "effectiveDateTime": self._moment(),
            "performer": [self._me()],
            "valueString": words.story(self._chance),
        }

    def attainment(self, goal: Json) -> Json:
        """How close I am to a goal."""
        code, display = self._chance.choice(_LEVELS)
        return {
            **self._survey("112296-9", "How close I am"),
            "focus": [_to(goal)],
            "valueCodeableConcept": {
                "coding": [{"system": "http://loinc.org", "code": code, "display": display}]
            },
            "note": [{"text": words.remark(self._chance)}],
        }

    def how_i_am(self) -> Json:
        """How satisfied I am with my life, 0 to 10."""
        return {
            **self._survey("75893-8", "How satisfied I am with my life"),
            "valueInteger": self._chance.randint(0, 10),
        }

    def encounter(self) -> Json:
        """A contact."""
        day = self._day()
        return {
            **self._new("Encounter"),
            "status": "finished",
            "class": {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                "code": "HH",
            },
            "type": [{"text": "Visit at home"}],
            "period": {"start": f"{day}T09:40:00+00:00", "end": f"{day}T10:30:00+00:00"},
            "reasonCode": [{"text": words.remark(self._chance)}],
            "serviceProvider": {"reference": f"Organization/{self._organisation()}"},
        }

    def care_plan(self, goals: list[Json]) -> Json:
        """What we agreed."""
        return {
            **self._new("CarePlan"),
            "status": "active",
            "intent": "plan",
            "title": "What we agreed",
            "period": {"start": self._day()},
            "author": self._me(),
            "goal": [_to(goal) for goal in goals],
            "activity": [
                {
                    "detail": {
                        "goal": [_to(goal)],
                        "status": "in-progress",
                        "scheduledString": "Wednesdays at half past ten",
                        "description": words.remark(self._chance),
                    }
                }
                for goal in goals[:2]
            ],
        }

    def request_for_help(self, goal: Json) -> Json:
        """Please help me with this."""
        return {
            **self._new("ServiceRequest"),
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal",
                    "valueReference": _to(goal),
                }
            ],
            "status": "active",
            "intent": "order",
            "code": {"text": "Somebody to walk with"},
            "authoredOn": self._moment(),
            "requester": self._me(),
            "performer": [{"reference": "Organization/harbour-befriending"}],
            "reasonCode": [{"text": words.remark(self._chance)}],
        }

    def task(self, request: Json) -> Json:
        """Who has taken the request on."""
        made = self._new("Task")
        made["for"] = made.pop("subject")
        return {
            **made,
            "basedOn": [_to(request)],
            "status": "in-progress",
            "intent": "order",
            "focus": _to(request),
            "description": words.wish(self._chance),
            "authoredOn": request["authoredOn"],
            "requester": self._me(),
            "owner": {"reference": "Organization/harbour-befriending"},
        }

    def told_back(self, request: Json) -> Json:
        """What I was told came of it."""
        return {
            **self._new("Communication"),
            "basedOn": [_to(request)],
            "status": "completed",
            "sent": self._moment(),
            "recipient": [self._me()],
            "sender": {"reference": "Organization/harbour-befriending"},
            "payload": [{"contentString": words.story(self._chance)}],
        }

    def priorities(self, goals: list[Json]) -> Json:
        """What matters most to me, in order."""
        return {
            **self._new("List"),
            "status": "current",
            "mode": "working",
            "title": "What matters most to me, in order",
            "code": {"coding": [{"system": "http://loinc.org", "code": "81340-2"}]},
            "date": self._moment(),
            "source": self._me(),
            "entry": [{"item": _to(goal)} for goal in goals],
        }

    def _new(self, type: str) -> Json:
        id = f"{self.id}-{_letters(self._chance, 12)}"
        return {"resourceType": type, "id": id, "subject": self._me()}

    def _survey(self, code: str, text: str) -> Json:
        return {
            **self._new("Observation"),
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": text},
            "effectiveDateTime": self._moment(),
            "performer": [self._me()],
        }

    def _me(self) -> Json:
        return {"reference": f"Patient/{self.id}"}

    def _goal_count(self) -> int:
        return GOALS_IN_A_LONG_RECORD if has_long_record(self.number) else _GOALS

    def _organisation(self) -> str:
        return self._chance.choice(_ORGANISATIONS)

    def _day(self) -> str:
        return str(_BEGINNING + timedelta(days=self._chance.randrange(350)))

    def _moment(self) -> str:
        hour, minute = self._chance.randint(8, 17), self._chance.randrange(60)
        return f"{self._day()}T{hour:02}:{minute:02}:00+00:00"


def _letters(chance: Random, length: int) -> str:
    return "".join(chance.choices(_ALPHABET, k=length))


def _to(resource: Json) -> Json:
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}
