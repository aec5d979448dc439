"""One caller's door to a server: it asks, remembers what was asked, and notes what was created.

Spec: https://hl7.org/fhir/R4/http.html
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx

from app.conformance.shown import shown
from app.conformance.unmet import Unmet
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes

FHIR_JSON = "application/fhir+json"
TIMEOUT_SECONDS = 30  # for each part of an answer, and for the whole of its body
MOST_BYTES = 50_000_000
MOST_CREATED = 1000  # far more than the kit makes: a server may say that it made any number

# A query's parameters, in order; a name may be there twice.
Params: TypeAlias = Mapping[str, str] | list[tuple[str, str]]

_LOCATION = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/?]+)?/?$")
_SHOWN_HEADERS = ("content-type", "etag", "location", "last-modified", "www-authenticate")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Reading it never raises anything but Unmet."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 shows as such."""
        return self.content.decode("utf-8", "replace")

    @property
    def json(self) -> Json:
        """The body as a JSON object. Raises Unmet when it is none."""
        try:
            read = json.loads(self.content)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            raise Unmet(f"The answer ({self.status}) has no JSON object as its body.")
        return read

    @property
    def resource_type(self) -> str:
        """The resource's type; "" when the body is no resource."""
        try:
            return str(self.json.get("resourceType", ""))
        except Unmet:
            return ""

    def must_be(self, *statuses: int, when: str) -> "Answer":
        """This answer. Raises Unmet when its status is none of these."""
        if self.status not in statuses:
            wanted = " or ".join(map(str, statuses))
            raise Unmet(f"{when}, the status should be {wanted}; it was {self.status}.")
        return self

    def must_refuse(self, *, when: str) -> "Answer":
        """This answer. Raises Unmet unless its status is from 400 to 499."""
        if not 400 <= self.status < 500:
            raise Unmet(f"{when}, the status should be from 400 to 499; it was {self.status}.")
        return self


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is told of a request in a report: no token, and no body but an outcome's own words."""

    request: str
    answer: str


@dataclass(slots=True)
class Ledger:
    """What was created at the server, oldest first, and the exchanges of the check under way."""

    created: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    def note_created(self, address: str) -> None:
        """type/id of something that was made, once."""
        if len(self.created) < MOST_CREATED and address not in self.created:
            self.created.append(address)


def fetch(
    http: httpx.Client,
    request: httpx.Request,
    most_bytes: int = MOST_BYTES,
    most_seconds: float = TIMEOUT_SECONDS,
) -> Answer:
    """What comes back. Raises Unmet when it has no end, and what httpx raises."""
    response = http.send(request, stream=True)
    content, began = bytearray(), time.monotonic()
    try:
        for part in response.iter_bytes():
            content += part
            if len(content) > most_bytes:
                raise Unmet(f"The answer has more than {most_bytes} bytes.")
            if time.monotonic() - began > most_seconds:
                raise Unmet(f"The answer took more than {most_seconds} seconds.")
    finally:
        response.close()
    return Answer(response.status_code, response.headers, bytes(content))


class Caller:
    """A client with one token, or none, at a server's FHIR base.

    most_bytes, most_seconds: of the body of one answer.
    """

    most_bytes = MOST_BYTES
    most_seconds: float = TIMEOUT_SECONDS

    def __init__(self, base_url: str, token: str | None, ledger: Ledger) -> None:
        self.base_url = base_url.rstrip("/")
        self._token = token
        self._ledger = ledger
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def with_token(self, token: str | None) -> "Caller":
        """Another caller at the same door, with the same ledger."""
        return Caller(self.base_url, token, self._ledger)

    @property
    def token(self) -> str | None:
        """What it signs in with."""
        return self._token

    def ask(
        self,
        method: str,
        address: str,
        body: Json | list[Any] | bytes | None = None,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Asks; address: below the base, or absolute and still below it. Raises Unmet when the
        server does not answer, or when it would lead the token elsewhere."""
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Accept": FHIR_JSON}
        if content is not None:
            sent["Content-Type"] = FHIR_JSON
        if self._token is not None:
            sent["Authorization"] = f"Bearer {self._token}"
        sent |= headers or {}
        url = self._url(address)
        try:
            request = self._http.build_request(
                method, url, content=content, params=_pairs(params), headers=sent
            )
            answer = fetch(self._http, request, self.most_bytes, self.most_seconds)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as problem:
            raise Unmet(f"{method} {address} was not answered: {type(problem).__name__}.") from None
        self._remember(request, answer)
        return answer

    def _url(self, address: str) -> str:
        if "://" not in address:
            return f"{self.base_url}/{address}".rstrip("/")
        if not (address + "/").startswith((self.base_url + "/", self.base_url + "?")):
            raise Unmet("A link of the server leads to an address outside its base.")
        return address

    def _remember(self, request: httpx.Request, answer: Answer) -> None:
        said = [str(answer.status)]
        said += [
            f"{name}: {answer.headers[name]}" for name in _SHOWN_HEADERS if name in answer.headers
        ]
        if answer.resource_type == "OperationOutcome":
            said += texts_of(answer.json)
        place = str(request.url).removeprefix(self.base_url).lstrip("/") or "."
        self._ledger.exchanges.append(
            Exchange(shown(f"{request.method} {place}"), shown(" · ".join(said)))
        )
        if answer.status == 201:
            self._note(answer)
        elif answer.resource_type == "Bundle":
            self._note_entries(answer.json)

    def _note(self, answer: Answer) -> None:
        """What was made is known by its body, or else by its Location: a server may have either
        wrong."""
        if answer.resource_type not in ("", "OperationOutcome", "Bundle"):
            self._ledger.note_created(f"{answer.resource_type}/{answer.json.get('id')}")
        if found := _LOCATION.search(answer.headers.get("location", "")):
            self._ledger.note_created(f"{found[1]}/{found[2]}")

    def _note_entries(self, bundle: Json) -> None:
        for entry in nodes(bundle, "entry"):
            response = node_at(entry, "response")
            if str(response.get("status", "")).startswith("201") and (
                found := _LOCATION.search(str(response.get("location", "")))
            ):
                self._ledger.note_created(f"{found[1]}/{found[2]}")


def _pairs(params: Params | None) -> httpx.QueryParams | None:
    if not params:
        return None
    return httpx.QueryParams(dict(params) if isinstance(params, Mapping) else [*params])


def texts_of(outcome: Json) -> list[str]:
    """What the issues of an OperationOutcome say, shortened."""
    said = []
    for issue in nodes(outcome, "issue"):
        details = node_at(issue, "details")
        said.append(str(details.get("text") or issue.get("diagnostics") or issue.get("code"))[:200])
    return said
