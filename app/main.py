"""Puts the parts together and starts them: one ASGI application for each worker.

The FHIR door is a small ASGI application of its own; the front page, health, metrics and the REST
API are FastAPI's.
"""

import asyncio
import gc
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.routing import Mount

from app.access import demo
from app.access.audit_sealing import seal, sealing_key
from app.access.audit_seals import seal_file, seals_in
from app.access.issuer_file import load
from app.access.issuers import Issuer
from app.access.key_fetch import KeyFetch
from app.access.key_sets import KeySets
from app.access.limits import Limits, policies
from app.access.outward import Outward
from app.access.own_tokens import OwnIssuer
from app.access.reception import Reception
from app.access.sign_in import Desk
from app.access.signing_keys import SigningKeys
from app.access.standing import Standing, steady
from app.access.token_check import Verifier
from app.bounds import Bounds
from app.endpoints.clients import client_routes
from app.endpoints.fhir import FhirDoor
from app.endpoints.front_page import front_page
from app.endpoints.health import health_routes
from app.endpoints.logs import configure_logs
from app.endpoints.measure import Measure
from app.endpoints.open_documents import open_documents
from app.endpoints.people_sign_in import people_routes
from app.endpoints.rest.application import rest_application
from app.endpoints.rest.door import RestDoor
from app.endpoints.sign_in import sign_in_addresses, sign_in_routes
from app.endpoints.under_way import Others, UnderWay
from app.errors import Invalid, Issue, Refusal, Unavailable
from app.fhir.query_limits import Limits as SearchLimits
from app.interactions.address import decoded
from app.interactions.visit import Record
from app.operations import OPERATIONS, TYPES_BY_OPERATION
from app.settings import Settings, page_key
from app.store.database import Database, connect, durability
from app.store.sign_ins import changed_since
from app.store.unit import Store
from app.upkeep.rounds import keep_up
from app.what_matters.supporter_reviews import reviews_of

FHIR = "/fhir"
_NEW_OBJECTS = 10_000  # some fifty requests' worth; Python's own 700 is not one large Bundle's

_log = structlog.get_logger()


def present() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


class Service:
    """The whole service as one ASGI application: the FHIR door under /fhir, FastAPI for the
    rest. clock: when things are said and done; who may come in goes by the database's clock."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = present) -> None:
        self.settings = settings
        self._clock = clock
        self.database: Database | None = None
        self._registry = CollectorRegistry()
        self._measure = Measure(self._registry)
        self._door: FhirDoor | None = None
        self._desk: Desk | None = None
        self._rest: RestDoor | None = None
        self._reception: Reception | None = None
        self.api = FastAPI(
            title="What Matters",
            version=version("whatmatters"),
            docs_url=None,
            redoc_url=None,
            lifespan=self._lifespan,
        )
        self._others = Others(self.api, settings.bounds.in_flight)
        self.api.include_router(front_page(settings.base_url))
        self.api.include_router(health_routes(self._is_ready, self._registry))
        self.api.include_router(sign_in_routes(lambda: self._desk, settings.base_url))
        self.api.include_router(people_routes(lambda: self._reception, settings.base_url))
        self.api.include_router(client_routes(lambda: self._desk, loopback=settings.loopback_keys))
        rest = rest_application(lambda: self._rest, version("whatmatters"), settings.base_url)
        plain = Mount("/api", rest)
        # A line break in a path is no reason to miss the door, which refuses it in its own form.
        plain.path_regex = re.compile(plain.path_regex.pattern, re.DOTALL)
        self.api.routes.append(plain)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Route by path alone; nothing else happens between the server and the FHIR door."""
        if scope["type"] == "http" and self._door is not None:
            path: str = scope["path"]
            if path.startswith(FHIR) and (len(path) == len(FHIR) or path[len(FHIR)] == "/"):
                raw = scope.get("raw_path")
                if raw is not None and b"%" in raw:
                    path = decoded(raw.partition(b"?")[0].decode("latin-1"))
                await self._door(scope, receive, send, path[len(FHIR) + 1 :].rstrip("/"))
                return
        await self._others(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        try:
            issuers = trusted_issuers(self.settings)
            own = own_issuer(self.settings)
            self.database = await open_database(self.settings)
            record = make_record(self.settings, self.database, self._clock)
            reviews = reviews_of(self.settings.supporter_reviews)
            self._desk = make_desk(self.settings, record, own, issuers)
            await self._desk.standing.refresh()
            self._reception = make_reception(self.settings, self._desk, issuers)
        except Refusal as refusal:
            _log.error("cannot start", reason=" ".join(issue.text for issue in refusal.issues))
            raise
        self._door = FhirDoor(
            record,
            self._desk.verifier,
            self._desk.standing,
            open_documents=open_documents(
                base=self.settings.fhir_base,
                version=version("whatmatters"),
                started=record.clock(),
                issuers=issuers,
                types_by_operation=TYPES_BY_OPERATION,
                sign_in=sign_in_addresses(self.settings.base_url),
            ),
            operations=OPERATIONS,
            measure=self._measure,
            log_all=self.settings.log_level == "debug",
        )
        most = self.settings.bounds
        places = UnderWay(most.in_flight, most.answer_seconds)
        self._rest = RestDoor(record, self._desk.verifier, self._desk.standing, places)
        spare_what_stays()
        beside = [
            asyncio.create_task(keep_sealing(self.settings, self.database)),
            asyncio.create_task(keep_up(record, reviews)),
        ]
        yield
        for one in beside:
            one.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        self._door = self._desk = self._rest = self._reception = None
        await self.database.close()

    async def _is_ready(self) -> bool:
        if self.database is None:
            return False
        await self.database.session().fetch("select 1", [])
        return True


async def keep_sealing(settings: Settings, database: Database) -> None:
    """Seal the audit again and again; of several workers, whichever comes first each time."""
    every = settings.audit_seal_seconds
    if not every:
        return
    folder = settings.audit_seals_folder
    age = seconds_since_seal(folder)
    await asyncio.sleep(every if age is None else max(every - age, 0))
    while True:
        age = seconds_since_seal(folder)
        if age is None or age > every / 2:
            try:
                key = sealing_key(settings.audit_key_file, folder)
                await seal(database, folder, key, datetime.now(UTC))
            except Unavailable as refusal:  # another worker is at it, or the database is away
                _log.debug("the audit was not sealed", reason=str(refusal))
            except (Refusal, OSError) as problem:
                _log.error("the audit was not sealed", reason=str(problem))
        await asyncio.sleep(every)


def seconds_since_seal(folder: Path) -> float | None:
    """How old the newest seal is; None when there is none."""
    there = seals_in(folder)
    return time.time() - seal_file(folder, there[-1]).stat().st_mtime if there else None


def spare_what_stays() -> None:
    """Let the garbage collector leave alone what was made before the first request, and come less
    often: reading through all of it halts every request for about a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)


def trusted_issuers(settings: Settings) -> tuple[Issuer, ...]:
    """The issuers from the settings, and with `demo` the demonstration's own."""
    issuers = load(settings.issuers, loopback=settings.loopback_keys) if settings.issuers else ()
    return (*issuers, demo.issuer(settings.data_dir)) if settings.demo else issuers


def own_issuer(settings: Settings) -> OwnIssuer:
    """This service as an issuer; its keys are made at first use."""
    keys = SigningKeys(settings.token_keys_path)
    return OwnIssuer(settings.own_issuer, settings.fhir_base, keys)


def make_desk(
    settings: Settings, record: Record, own: OwnIssuer, issuers: Sequence[Issuer]
) -> Desk:
    """Where clients of this worker sign in. The database's clock decides what has expired. Raises
    Invalid when another issuer goes by our name."""
    if any(issuer.name == own.name for issuer in issuers):
        text = f"WHATMATTERS_ISSUERS names {own.name}, which is this service itself. Leave it out."
        raise Invalid([Issue("duplicate", text)])
    session = record.store.database.session
    standing = Standing(own.name, lambda mark: changed_since(session(), mark))
    key_sets = KeySets(KeyFetch(loopback=settings.loopback_keys), steady)
    return Desk(
        record.store,
        own,
        key_sets,
        Verifier((*issuers, own.as_trusted()), standing.now, key_sets),
        standing,
        record.clock,
        record.limits,
    )


def make_reception(settings: Settings, desk: Desk, issuers: Sequence[Issuer]) -> Reception:
    """Where people sign in in a browser, at those issuers that are a provider too."""
    return Reception(
        desk,
        {issuer.name: issuer for issuer in issuers if issuer.provider is not None},
        Outward(loopback=settings.loopback_keys),
        page_key(settings),
        settings.base_url.rstrip("/"),
    )


async def open_database(settings: Settings) -> Database:
    """Connect, and refuse a server whose settings could lose entries. Raises Unavailable with what
    to do."""
    if settings.database_url is None:
        raise Unavailable("Set WHATMATTERS_DATABASE_URL, or start with `whatmatters serve`.")
    database = await connect(
        settings.database_url,
        pool_size=settings.pool_size,
        # A request that is given up cancels its statement. None outlives it by more than a second,
        # also where several requests share one.
        statement_timeout_ms=min(
            settings.statement_timeout_ms, settings.bounds.answer_seconds * 1000 + 1000
        ),
        lock_timeout_ms=settings.lock_timeout_ms,
        idle_timeout_ms=settings.idle_timeout_ms,
    )
    faults = await durability(database.session())
    if faults:
        await database.close()
        raise Unavailable(" ".join(faults))
    return database


def make_record(
    settings: Settings, database: Database, clock: Callable[[], datetime] = present
) -> Record:
    """The record over one database, as these settings say. Raises Invalid."""
    key, most = page_key(settings), settings.bounds
    return Record(
        Store(database),
        settings.fhir_base,
        clock,
        key,
        most,
        search_limits(most),
        Limits(policies(settings.rate_limits), database.session, key),
        settings.nhs_numbers_taken,
    )


def search_limits(most: Bounds) -> SearchLimits:
    """What one search may ask for."""
    return SearchLimits(
        max_count=most.largest_page,
        max_parameters=most.parameters,
        max_or_values=most.values,
        max_clauses=most.clauses,
        max_chain_depth=most.chain,
        max_includes=most.includes,
        max_sorts=most.sorts,
    )


def create_app() -> Service:
    """The application, from the environment: what each uvicorn worker calls."""
    settings = Settings()
    configure_logs(settings.log_level, settings.log_format)
    return Service(settings)
