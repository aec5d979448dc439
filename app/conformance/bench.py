"""The bench a server is tried on: its claims, the callers, and a person made up for the purpose."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

from app.conformance.claims import Claims
from app.conformance.exchange import Answer, Caller, Ledger, Params
from app.conformance.listener import Listener
from app.conformance.made_up import KINDS, OBSERVATION, SYSTEM, Kind, goal, observation, patient
from app.conformance.unmet import NotOffered, NotTried, Unmet, expect
from app.fhir.resource_types import Json

_PASSES_OF_CLEANING = 4
_PAGES_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Target:
    """The server, and who the kit may be there.

    other_token: of a caller who must not see the kit's own made-up person; person_token: of a
    person, who sees their own record only; reading_token: of one who may read and not write.
    notify_at: where the kit can listen, and the server can reach it; patience_seconds: how long a
    notification may take.
    """

    base_url: str
    token: str | None = None
    other_token: str | None = None
    person_token: str | None = None
    reading_token: str | None = None
    notify_at: str | None = None
    patience_seconds: float = 20


class Bench:
    """What each check is given. Everything made on it is taken away by `clean`."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.ledger = Ledger()
        self.caller = Caller(target.base_url, target.token, self.ledger)
        self._callers = {target.token: self.caller}
        self._listener: Listener | None = None

    # Who asks

    def as_token(self, token: str | None) -> Caller:
        """A caller with this token; None = with none."""
        if token not in self._callers:
            self._callers[token] = self.caller.with_token(token)
        return self._callers[token]

    def other(self) -> Caller:
        """The caller who must not see. Raises NotTried when none was given."""
        token = self.target.other_token or self.target.person_token
        if token is None:
            raise NotTried("This takes a second caller: give --other-token or --person-token.")
        return self.as_token(token)

    @property
    def listener(self) -> Listener:
        """Where notifications come to; it listens from first use on. Raises NotTried when no
        address was given, or when it cannot listen there."""
        if self.target.notify_at is None:
            raise NotTried("This takes an address that the server can reach: give --notify-at.")
        if self._listener is None:
            self._listener = Listener(self.target.notify_at)
        return self._listener

    # What the server claims

    @cached_property
    def metadata(self) -> Answer:
        """The answer to GET metadata, asked once."""
        return self.caller.ask("GET", "metadata")

    @cached_property
    def claims(self) -> Claims:
        """What the server claims; nothing, when it has no CapabilityStatement."""
        known = self.metadata.resource_type == "CapabilityStatement"
        return Claims(self.metadata.json if known else {})

    # What is tried with

    def kind(self, *interactions: str) -> Kind:
        """The type to try these interactions with. Raises NotOffered when none has them."""
        for kind in KINDS:
            person = kind.type == "Patient" or self.claims.does("Patient", "create")
            if person and self.claims.does(kind.type, "create", "read", *interactions):
                return kind
        asked = ", ".join(dict.fromkeys(("create", "read", *interactions)))
        raise NotOffered(f"The server does not claim {asked} for Observation or Patient.")

    @cached_property
    def person(self) -> str:
        """The made-up person's address, "Patient/<id>"; made at first use."""
        self.claims.need("Patient", "create")
        return address(self.create(patient(new_value())))

    def body(self, kind: Kind, value: str | None = None, which: int = 0) -> Json:
        """A new resource of a kind; which: the value of the element that is changed."""
        value = value or new_value()
        if kind is OBSERVATION:
            return observation(value, self.person, kind.values[which])
        return patient(value, kind.values[which])

    def create(self, resource: Json | bytes, *, type: str | None = None) -> Json:
        """What was made, as a read gives it. Raises Unmet when the server refuses it."""
        kind = type or (str(resource["resourceType"]) if isinstance(resource, dict) else "")
        answer = self.caller.ask("POST", kind, resource)
        answer.must_be(200, 201, when=f"After a right {kind} was posted")
        found = self.created(kind, answer)
        return self.read(found).json

    def created(self, kind: str, answer: Answer) -> str:
        """The address of what an answer says was made: by its body, or else by its Location."""
        if answer.resource_type == kind and answer.json.get("id"):
            return f"{kind}/{answer.json['id']}"
        location = answer.headers.get("location", "").split("/_history/")[0].rstrip("/")
        parts = location.split("/")
        expect(len(parts) > 1, "The answer to a create has neither the resource nor a Location.")
        return "/".join(parts[-2:])

    def make(self, kind: Kind, value: str | None = None, which: int = 0) -> Json:
        """A new resource of a kind, at the server."""
        return self.create(self.body(kind, value, which))

    def scoped(self, kind: Kind, found: list[Json]) -> list[tuple[str, str]]:
        """Parameters that hold a search to what was made here, and to little else."""
        if kind is OBSERVATION:
            self.claims.need_parameter(kind.type, "patient")
            return [("patient", str(found[0]["subject"]["reference"]))]
        self.claims.need_parameter(kind.type, "identifier")
        values = [one["identifier"][0]["value"] for one in found]
        return [("identifier", ",".join(f"{SYSTEM}|{value}" for value in values))]

    @cached_property
    def three(self) -> tuple[Kind, list[Json]]:
        """Three resources of one kind, by the values of its changed element; made at first use.

        They are only read: what changes something makes its own."""
        kind = self.kind("search-type")
        if kind is not OBSERVATION:
            return kind, [self.make(kind, which=which) for which in range(len(kind.values))]
        # Of a person of their own, so that nothing else is found with them.
        person = address(self.create(patient(new_value())))
        made = [self.create(observation(new_value(), person, when)) for when in kind.values]
        return kind, made

    def make_goal(self, value: str | None = None) -> Json:
        """A new goal of the made-up person."""
        self.claims.need("Goal", "create", "read")
        return self.create(goal(value or new_value(), self.person))

    def read(self, place: str) -> Answer:
        """What is at an address. Raises Unmet when the server does not give it."""
        return self.caller.ask("GET", place).must_be(200, when=f"Reading {place.split('/')[0]}")

    # Searching

    def search(
        self,
        resource_type: str,
        params: Params,
        *,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """The Bundle of a search's first page. Raises Unmet when it is not one."""
        asker = caller or self.caller
        answer = asker.ask("GET", resource_type, params=params, headers=headers)
        answer.must_be(200, when=f"Searching {resource_type} by {names(params)}")
        return searchset(answer)

    def search_if_known(self, resource_type: str, params: Params) -> Json:
        """As `search`, for what no claim speaks of: a refusal (400 to 499) means not offered."""
        answer = self.caller.ask("GET", resource_type, params=params)
        if 400 <= answer.status < 500:
            raise NotOffered(f"The server refuses to search {resource_type} by {names(params)}.")
        answer.must_be(200, when=f"Searching {resource_type} by {names(params)}")
        return searchset(answer)

    def pages(self, first: Json) -> list[Json]:
        """A search's pages, by their next links. Raises Unmet when they lead round and round."""
        found, seen = [first], set()
        while (link := link_of(found[-1], "next")) is not None:
            expect(link not in seen, "A next link leads back to a page that was there before.")
            expect(len(found) < _PAGES_AT_MOST, "The next links have no end.")
            seen.add(link)
            answer = self.caller.ask("GET", link).must_be(200, when="Following a next link")
            found.append(searchset(answer))
        return found

    def ids(self, resource_type: str, params: Params) -> set[str]:
        """The ids of everything a search finds, over all its pages."""
        pages = self.pages(self.search(resource_type, params))
        return {str(one.get("id")) for page in pages for one in matches(page)}

    # The end

    def clean(self) -> list[str]:
        """Deletes everything that was made, newest first; what is left is returned.

        What others still refer to is tried again once they are gone.
        """
        left = list(reversed(self.ledger.created))
        for _ in range(_PASSES_OF_CLEANING):
            left = [place for place in left if not self._gone(place)]
        for caller in self._callers.values():
            caller.close()
        if self._listener is not None:
            self._listener.close()
        return left

    def _gone(self, place: str) -> bool:
        try:
            return self.caller.ask("DELETE", place).status in (200, 202, 204, 404, 410)
        except Unmet:
            return False


def new_value() -> str:
    """An identifier's value that nobody else has."""
    return f"kit-{uuid4().hex}"


def address(resource: Json) -> str:
    """type/id of a resource."""
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def names(params: Params) -> str:
    """The parameters' names, for a sentence."""
    pairs = params.items() if isinstance(params, Mapping) else params
    return ", ".join(name for name, _ in pairs)


def searchset(answer: Answer) -> Json:
    """The Bundle of an answer. Raises Unmet when it is no searchset."""
    bundle = answer.json
    kind = (bundle.get("resourceType"), bundle.get("type"))
    expect(
        kind == ("Bundle", "searchset"), "The answer to a search is no Bundle of type searchset."
    )
    return bundle


def history_entries(bundle: Json) -> list[Json]:
    """The entries of a history. Raises Unmet when the Bundle is none."""
    expect(bundle.get("type") == "history", "A history is no Bundle of type history.")
    return list(bundle.get("entry") or ())


def is_subsetted(resource: Json) -> bool:
    """Whether a resource says that it is only a part of one."""
    tags = (resource.get("meta") or {}).get("tag") or ()
    return any(tag.get("code") == "SUBSETTED" for tag in tags)


def link_of(bundle: Json, relation: str) -> str | None:
    """The address that a Bundle's link leads to."""
    for link in bundle.get("link") or ():
        if link.get("relation") == relation:
            return str(link.get("url"))
    return None


def entries(bundle: Json, mode: str) -> list[Json]:
    """The resources of a searchset that have this mode; what has none counts as a match."""
    found = []
    for entry in bundle.get("entry") or ():
        said = (entry.get("search") or {}).get("mode", "match")
        if said == mode:
            found.append(dict(entry.get("resource") or {}))
    return found


def matches(bundle: Json) -> list[Json]:
    """The resources that a search found, without what was brought along."""
    return entries(bundle, "match")
