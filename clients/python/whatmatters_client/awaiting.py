"""The client, awaited; `make client` makes `calling`, the same without waiting, out of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
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


class AsyncClient:
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
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{base_url.rstrip('/')}/api",
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_seconds,
            transport=transport,
        )
        self.people = AsyncPeople(self)
        self.goals = AsyncGoals(self, "goals")
        self.requests = AsyncRequests(self)
        self.contacts = AsyncContacts(self, "contacts")
        self.statements = AsyncEntries[
            shapes.Statement, shapes.StoredStatement, shapes.StatementChange
        ](self, "statements")
        self.about_me = AsyncEntries[shapes.AboutMe, shapes.StoredAboutMe, shapes.AboutMeChange](
            self, "about-me"
        )
        self.stories = AsyncEntries[shapes.Story, shapes.StoredStory, shapes.StoryChange](
            self, "stories"
        )
        self.strengths = AsyncEntries[
            shapes.Strength, shapes.StoredStrength, shapes.StrengthChange
        ](self, "strengths")
        self.barriers = AsyncEntries[shapes.Barrier, shapes.StoredBarrier, shapes.BarrierChange](
            self, "barriers"
        )
        self.progress = AsyncEntries[shapes.Progress, shapes.StoredProgress, shapes.ProgressChange](
            self, "progress"
        )
        self.wellbeing = AsyncEntries[
            shapes.Wellbeing, shapes.StoredWellbeing, shapes.WellbeingChange
        ](self, "wellbeing")
        self.assessments = AsyncEntries[
            shapes.Assessment, shapes.StoredAssessment, shapes.AssessmentChange
        ](self, "assessments")
        self.actions = AsyncEntries[shapes.Action, shapes.StoredAction, shapes.ActionChange](
            self, "actions"
        )
        self.experience = AsyncEntries[
            shapes.Experience, shapes.StoredExperience, shapes.ExperienceChange
        ](self, "experience")
        self.team = AsyncEntries[shapes.Team, shapes.StoredTeam, shapes.TeamChange](self, "team")
        self.supporters = AsyncEntries[
            shapes.Supporter, shapes.StoredSupporter, shapes.SupporterChange
        ](self, "supporters")
        self.sharing_choices = AsyncEntries[
            shapes.SharingChoice, shapes.StoredSharingChoice, shapes.SharingChoiceChange
        ](self, "sharing-choices")
        self.priorities = AsyncEntries[
            shapes.Priorities, shapes.StoredPriorities, shapes.PrioritiesChange
        ](self, "priorities")
        self.adjustments = AsyncEntries[
            shapes.Adjustment, shapes.StoredAdjustment, shapes.AdjustmentChange
        ](self, "adjustments")

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def what_matters(self, person: str) -> shapes.Page:
        """The one page, to read before the conversation."""
        answer = await self.send("GET", f"/people/{_id(person)}/what-matters")
        return cast(shapes.Page, answer.json())

    async def measures(self, person: str, first_day: str, last_day: str) -> shapes.PersonMeasured:
        """What a person counts for in some time, and how far their goals have come."""
        days = {"from": first_day, "to": last_day}
        answer = await self.send("GET", f"/people/{_id(person)}/measures", params=days)
        return cast(shapes.PersonMeasured, answer.json())

    async def measures_of(
        self, people: Sequence[str], first_day: str, last_day: str
    ) -> shapes.SetMeasured:
        """What several people count for together: those of them whom you may see."""
        answer = await self.send("POST", "/measures", body=_of(people, first_day, last_day))
        return cast(shapes.SetMeasured, answer.json())

    async def experience_of(
        self, people: Sequence[str], first_day: str, last_day: str
    ) -> shapes.ExperienceScores:
        """How it was to be helped, by what those of several people answered whom you may see."""
        answer = await self.send("POST", "/experience", body=_of(people, first_day, last_day))
        return cast(shapes.ExperienceScores, answer.json())

    async def send(
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
                answer = await self._http.request(
                    method, path, json=body, headers=headers, params=params
                )
            except httpx.TransportError as error:
                failure = error
            tries += 1
            seconds = seconds_to_wait(answer, tries, method in ("GET", "POST"))
            if seconds is None:
                break
            await asyncio.sleep(seconds)
        if answer is None:
            raise Unanswered(f"No answer came: {failure}") from failure
        return accepted(answer)

    async def pages(
        self, path: str, params: Mapping[str, str | int] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Every entry of a list, page after page as they are asked for."""
        asked = dict(params or {})
        while True:
            answer = await self.send("GET", path, params=asked)
            page = answer.json()
            for one in page["entries"]:
                yield one
            if not page.get("next"):
                return
            asked["after"] = page["next"]


class AsyncPeople:
    """People: find, add, read, change."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def find(self, who: shapes.FindPerson) -> shapes.FoundPeople:
        """Who is meant; the likeliest first. What tells people apart goes into the body."""
        answer = await self._client.send("POST", "/people/find", body=who)
        return cast(shapes.FoundPeople, answer.json())

    async def add(self, new: shapes.Person) -> Entry[shapes.StoredPerson]:
        """A new person. Refused with 409 where their NHS number is here already."""
        return entry_of(await self._client.send("POST", "/people", body=new))

    async def read(self, person: str) -> Entry[shapes.StoredPerson]:
        """A person."""
        return entry_of(await self._client.send("GET", f"/people/{_id(person)}"))

    async def change(
        self, entry: Entry[shapes.StoredPerson], change: shapes.PersonChange
    ) -> Entry[shapes.StoredPerson]:
        """Change what was read; None takes a field away. Refused with 412 where somebody was
        faster."""
        path = f"/people/{_id(entry.id)}"
        return entry_of(await self._client.send("PATCH", path, body=change, entry=entry))


class AsyncEntries(Generic[New, Told, Change]):
    """The entries of one kind."""

    def __init__(self, client: AsyncClient, kind: str) -> None:
        self._client = client
        self._kind = kind

    async def add(self, person: str, new: New) -> Entry[Told]:
        """A new one."""
        return entry_of(await self._client.send("POST", self._path(person), body=new))

    async def read(self, person: str, id: str) -> Entry[Told]:
        """One of them."""
        return entry_of(await self._client.send("GET", self._path(person, id)))

    async def list(self, person: str, **narrowed: str | int) -> AsyncIterator[Told]:
        """Every one that may be seen, page after page."""
        async for one in self._client.pages(self._path(person), narrowed):
            yield cast(Told, one)

    async def change(self, entry: Entry[Told], change: Change) -> Entry[Told]:
        """Change what was read; None takes a field away. Refused with 412 where somebody was
        faster."""
        path = self._path(entry.person, entry.id)
        return entry_of(await self._client.send("PATCH", path, body=change, entry=entry))

    async def take_away(self, entry: Entry[Told]) -> None:
        """Take away what was read."""
        await self._client.send("DELETE", self._path(entry.person, entry.id), entry=entry)

    def _path(self, person: str, id: str | None = None) -> str:
        path = f"/people/{_id(person)}/{self._kind}"
        return path if id is None else f"{path}/{_id(id)}"


class AsyncGoals(AsyncEntries[shapes.Goal, shapes.StoredGoal, shapes.GoalChange]):
    """Goals, and what becomes of them."""

    async def move(
        self,
        goal: Entry[shapes.StoredGoal],
        move: shapes.MoveGoal,
        said: Mapping[str, Any] | None = None,
    ) -> Entry[shapes.StoredGoal]:
        """A move of a goal, with what docs/api.md says it needs. The goal as it is then."""
        path = f"{self._path(goal.person, goal.id)}/{move}"
        return entry_of(await self._client.send("POST", path, body=said or {}, entry=goal))


class AsyncRequests:
    """Requests for help, each as one thing."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def ask(self, person: str, new: shapes.AskForHelp) -> Entry[shapes.Request]:
        """Ask for help."""
        path = f"/people/{_id(person)}/requests"
        return entry_of(await self._client.send("POST", path, body=new))

    async def read(self, person: str, id: str) -> Entry[shapes.Request]:
        """A request with its whole way."""
        path = f"/people/{_id(person)}/requests/{_id(id)}"
        return entry_of(await self._client.send("GET", path))

    async def list(self, person: str, **narrowed: str | int) -> AsyncIterator[shapes.Request]:
        """Those of a person: `which`, and `goal`."""
        async for one in self._client.pages(f"/people/{_id(person)}/requests", narrowed):
            yield cast(shapes.Request, one)

    async def of_us(self, **narrowed: str | int) -> AsyncIterator[shapes.AskedOfUs]:
        """What your organisation is asked, and what anyone may take on."""
        async for one in self._client.pages("/requests", narrowed):
            yield cast(shapes.AskedOfUs, one)

    async def move(
        self,
        request: Entry[shapes.Request],
        move: shapes.MoveRequest,
        said: Mapping[str, Any] | None = None,
    ) -> Entry[shapes.Request]:
        """A move of a request, with what docs/api.md says it needs. The request as it is then."""
        path = f"/people/{_id(request.person)}/requests/{_id(request.id)}/{move}"
        return entry_of(await self._client.send("POST", path, body=said or {}, entry=request))


class AsyncContacts(AsyncEntries[shapes.Contact, shapes.StoredContact, shapes.ContactChange]):
    """Contacts, one by one or those of a night."""

    async def load(self, contacts: list[dict[str, Any]]) -> shapes.Loaded:
        """Up to 1,000 contacts of many people, each answered by itself in the order sent."""
        answer = await self._client.send("POST", "/contacts", body={"contacts": contacts})
        return cast(shapes.Loaded, answer.json())


def _of(people: Sequence[str], first_day: str, last_day: str) -> shapes.OfPeople:
    return {"people": list(people), "from": first_day, "to": last_day}


def _id(id: str) -> str:
    """An id as a part of a path."""
    return quote(id, safe="")
