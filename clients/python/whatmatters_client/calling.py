"""The client, in the other colour: made of `awaiting` by `make client`. Change that one."""

import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote

import httpx

from whatmatters_client import shapes
from whatmatters_client.refusals import Unanswered
from whatmatters_client.sending import Entry, accepted, entry_of, headers_of, seconds_to_wait

New = TypeVar("New", bound=Mapping[str, Any])
Told = TypeVar("Told", bound=Mapping[str, Any])
Change = TypeVar("Change", bound=Mapping[str, Any])


class Client:
    """The record, over its plain API.

    base_url: such as http://127.0.0.1:8000. token: of the organisation or the person who asks.
    transport: for tests. Every call raises Refused where the record says no, and Unanswered where
    no answer came; what is sent again by itself is written once.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout_seconds: float = 30,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/api",
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_seconds,
            transport=transport,
        )
        self.people = People(self)
        self.goals = Goals(self, "goals")
        self.requests = Requests(self)
        self.contacts = Contacts(self, "contacts")
        self.statements = Entries[shapes.Statement, shapes.StoredStatement, shapes.StatementChange](
            self, "statements"
        )
        self.about_me = Entries[shapes.AboutMe, shapes.StoredAboutMe, shapes.AboutMeChange](
            self, "about-me"
        )
        self.stories = Entries[shapes.Story, shapes.StoredStory, shapes.StoryChange](
            self, "stories"
        )
        self.strengths = Entries[shapes.Strength, shapes.StoredStrength, shapes.StrengthChange](
            self, "strengths"
        )
        self.barriers = Entries[shapes.Barrier, shapes.StoredBarrier, shapes.BarrierChange](
            self, "barriers"
        )
        self.progress = Entries[shapes.Progress, shapes.StoredProgress, shapes.ProgressChange](
            self, "progress"
        )
        self.wellbeing = Entries[shapes.Wellbeing, shapes.StoredWellbeing, shapes.WellbeingChange](
            self, "wellbeing"
        )
        self.assessments = Entries[
            shapes.Assessment, shapes.StoredAssessment, shapes.AssessmentChange
        ](self, "assessments")
        self.actions = Entries[shapes.Action, shapes.StoredAction, shapes.ActionChange](
            self, "actions"
        )
        self.experience = Entries[
            shapes.Experience, shapes.StoredExperience, shapes.ExperienceChange
        ](self, "experience")
        self.team = Entries[shapes.Team, shapes.StoredTeam, shapes.TeamChange](self, "team")
        self.supporters = Entries[shapes.Supporter, shapes.StoredSupporter, shapes.SupporterChange](
            self, "supporters"
        )
        self.sharing_choices = Entries[
            shapes.SharingChoice, shapes.StoredSharingChoice, shapes.SharingChoiceChange
        ](self, "sharing-choices")
        self.priorities = Entries[
            shapes.Priorities, shapes.StoredPriorities, shapes.PrioritiesChange
        ](self, "priorities")
        self.adjustments = Entries[
            shapes.Adjustment, shapes.StoredAdjustment, shapes.AdjustmentChange
        ](self, "adjustments")

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def what_matters(self, person: str) -> shapes.Page:
        """The one page, to read before the conversation."""
        answer = self.send("GET", f"/people/{_id(person)}/what-matters")
        return cast(shapes.Page, answer.json())

    def measures(self, person: str, first_day: str, last_day: str) -> shapes.PersonMeasured:
        """What a person counts for in some time, and how far their goals have come."""
        days = {"from": first_day, "to": last_day}
        answer = self.send("GET", f"/people/{_id(person)}/measures", params=days)
        return cast(shapes.PersonMeasured, answer.json())

    def measures_of(
        self, people: Sequence[str], first_day: str, last_day: str
    ) -> shapes.SetMeasured:
        """What several people count for together: those of them whom you may see."""
        answer = self.send("POST", "/measures", body=_of(people, first_day, last_day))
        return cast(shapes.SetMeasured, answer.json())

    def experience_of(
        self, people: Sequence[str], first_day: str, last_day: str
    ) -> shapes.ExperienceScores:
        """How it was to be helped, by what those of several people answered whom you may see."""
        answer = self.send("POST", "/experience", body=_of(people, first_day, last_day))
        return cast(shapes.ExperienceScores, answer.json())

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        entry: Entry[Any] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Any address of the API, with what this client does for every call. entry: what is
        changed, as it was read. Raises Refused, Unanswered."""
        headers = headers_of(method, entry)
        tries = 0
        while True:
            answer: httpx.Response | None = None
            failure: httpx.TransportError | None = None
            try:
                answer = self._http.request(method, path, json=body, headers=headers, params=params)
            except httpx.TransportError as error:
                failure = error
            tries += 1
            seconds = seconds_to_wait(answer, tries, method in ("GET", "POST"))
            if seconds is None:
                break
            time.sleep(seconds)
        if answer is None:
            raise Unanswered(f"No answer came: {failure}") from failure
        return accepted(answer)

    def pages(
        self, path: str, params: Mapping[str, str | int] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every entry of a list, page after page as they are asked for."""
        asked = dict(params or {})
        while True:
            answer = self.send("GET", path, params=asked)
            page = answer.json()
            for one in page["entries"]:
                yield one
            if not page.get("next"):
                return
            asked["after"] = page["next"]


class People:
    """People: find, add, read, change."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, who: shapes.FindPerson) -> shapes.FoundPeople:
        """Who is meant; the likeliest first. What tells people apart goes into the body."""
        answer = self._client.send("POST", "/people/find", body=who)
        return cast(shapes.FoundPeople, answer.json())

    def add(self, new: shapes.Person) -> Entry[shapes.StoredPerson]:
        """A new person. Refused with 409 where their NHS number is here already."""
        return entry_of(self._client.send("POST", "/people", body=new))

    def read(self, person: str) -> Entry[shapes.StoredPerson]:
        """A person."""
        return entry_of(self._client.send("GET", f"/people/{_id(person)}"))

    def change(
        self, entry: Entry[shapes.StoredPerson], change: shapes.PersonChange
    ) -> Entry[shapes.StoredPerson]:
        """Change what was read; None takes a field away. Refused with 412 where somebody was
        faster."""
        path = f"/people/{_id(entry.id)}"
        return entry_of(self._client.send("PATCH", path, body=change, entry=entry))


class Entries(Generic[New, Told, Change]):
    """The entries of one kind."""

    def __init__(self, client: Client, kind: str) -> None:
        self._client = client
        self._kind = kind

    def add(self, person: str, new: New) -> Entry[Told]:
        """A new one."""
        return entry_of(self._client.send("POST", self._path(person), body=new))

    def read(self, person: str, id: str) -> Entry[Told]:
        """One of them."""
        return entry_of(self._client.send("GET", self._path(person, id)))

    def list(self, person: str, **narrowed: str | int) -> Iterator[Told]:
        """Every one that may be seen, page after page."""
        for one in self._client.pages(self._path(person), narrowed):
            yield cast(Told, one)

    def change(self, entry: Entry[Told], change: Change) -> Entry[Told]:
        """Change what was read; None takes a field away. Refused with 412 where somebody was
        faster."""
        path = self._path(entry.person, entry.id)
        return entry_of(self._client.send("PATCH", path, body=change, entry=entry))

    def take_away(self, entry: Entry[Told]) -> None:
        """Take away what was read."""
        self._client.send("DELETE", self._path(entry.person, entry.id), entry=entry)

    def _path(self, person: str, id: str | None = None) -> str:
        path = f"/people/{_id(person)}/{self._kind}"
        return path if id is None else f"{path}/{_id(id)}"


class Goals(Entries[shapes.Goal, shapes.StoredGoal, shapes.GoalChange]):
    """Goals, and what becomes of them."""

    def move(
        self,
        goal: Entry[shapes.StoredGoal],
        move: shapes.MoveGoal,
        said: Mapping[str, Any] | None = None,
    ) -> Entry[shapes.StoredGoal]:
        """A move of a goal, with what docs/api.md says it needs. The goal as it is then."""
        path = f"{self._path(goal.person, goal.id)}/{move}"
        return entry_of(self._client.send("POST", path, body=said or {}, entry=goal))


class Requests:
    """Requests for help, each as one thing."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ask(self, person: str, new: shapes.AskForHelp) -> Entry[shapes.Request]:
        """Ask for help."""
        path = f"/people/{_id(person)}/requests"
        return entry_of(self._client.send("POST", path, body=new))

    def read(self, person: str, id: str) -> Entry[shapes.Request]:
        """A request with its whole way."""
        path = f"/people/{_id(person)}/requests/{_id(id)}"
        return entry_of(self._client.send("GET", path))

    def list(self, person: str, **narrowed: str | int) -> Iterator[shapes.Request]:
        """Those of a person: `which`, and `goal`."""
        for one in self._client.pages(f"/people/{_id(person)}/requests", narrowed):
            yield cast(shapes.Request, one)

    def of_us(self, **narrowed: str | int) -> Iterator[shapes.AskedOfUs]:
        """What your organisation is asked, and what anyone may take on."""
        for one in self._client.pages("/requests", narrowed):
            yield cast(shapes.AskedOfUs, one)

    def move(
        self,
        request: Entry[shapes.Request],
        move: shapes.MoveRequest,
        said: Mapping[str, Any] | None = None,
    ) -> Entry[shapes.Request]:
        """A move of a request, with what docs/api.md says it needs. The request as it is then."""
        path = f"/people/{_id(request.person)}/requests/{_id(request.id)}/{move}"
        return entry_of(self._client.send("POST", path, body=said or {}, entry=request))


class Contacts(Entries[shapes.Contact, shapes.StoredContact, shapes.ContactChange]):
    """Contacts, one by one or those of a night."""

    def load(self, contacts: list[dict[str, Any]]) -> shapes.Loaded:
        """Up to 1,000 contacts of many people, each answered by itself in the order sent."""
        answer = self._client.send("POST", "/contacts", body={"contacts": contacts})
        return cast(shapes.Loaded, answer.json())


def _of(people: Sequence[str], first_day: str, last_day: str) -> shapes.OfPeople:
    return {"people": list(people), "from": first_day, "to": last_day}


def _id(id: str) -> str:
    """An id as a part of a path."""
    return quote(id, safe="")
