"""The tables. Every table that holds a person's data leads with `person_id` in its key, so that
it can be
distributed by person. Rows about no person have `person_id` = the directory key. Five
tables are of who may sign in and how often who asks, and hold nothing of a person.

SQLAlchemy describes them here and Alembic migrates them; statements run on asyncpg
(docs/decisions/).
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(DeclarativeBase):
    """The root of every table: one type map, one naming convention."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's own contract for this name)
        str: Text,
        int: Integer,
        bytes: LargeBinary,
        Decimal: Numeric,
        datetime: TIMESTAMP(timezone=True),
        list[str]: ARRAY(Text),
    }


class Resource(Table):
    """The current version of each resource.

    tokens: exact-match index entries (see app/fhir/indexed.py). author: the organisation
    ("Organization/x")
    or person ("Patient/x") that first wrote it. A deleted resource keeps its row, with no tokens
    and an empty body. labels: which labels of `app.fhir.labels` it carries; a deletion those that
    it had.
    """

    __tablename__ = "resources"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    updated: Mapped[datetime]
    deleted: Mapped[bool]
    author: Mapped[str]
    tokens: Mapped[list[str]]
    body: Mapped[bytes]
    labels: Mapped[int] = mapped_column(SmallInteger, server_default="0")

    __table_args__ = (
        # A lookup reads the list of entries not yet sorted in; kept short, it costs nothing.
        Index(
            "ix_resources_tokens",
            "tokens",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": "64"},
        ),
        Index("ix_resources_updated_type", "updated", "type"),
        Index("ix_resources_type_id", "type", "id"),
    )


class ResourceVersion(Table):
    """Every version of every resource, append-only. method: POST, PUT, PATCH or DELETE, as it
    came.

    tokens: as they were for this version, so that a rule that reads them holds for history too.
    """

    __tablename__ = "resource_versions"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    updated: Mapped[datetime]
    method: Mapped[str]
    author: Mapped[str]
    tokens: Mapped[list[str]]
    body: Mapped[bytes]
    labels: Mapped[int] = mapped_column(SmallInteger, server_default="0")

    __table_args__ = (Index("ix_resource_versions_updated_type", "updated", "type"),)


class Right(Table):
    """What the current version of an entry says about who may see what of its person.

    The columns are those of `app.store.rights.Right`. side: "" for an entry of this person; while
    another person is linked to this one, what that one's entries say stands here too, with their id
    as the side (app/store/links.py).
    """

    __tablename__ = "rights"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    says: Mapped[bool]
    tie: Mapped[bool]
    weight: Mapped[int]
    covers_restricted: Mapped[bool]
    classes: Mapped[list[str] | None]
    entries: Mapped[list[str] | None]
    purposes: Mapped[list[str] | None]
    low: Mapped[datetime]
    high: Mapped[datetime]
    side: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        Index("ix_rights_person_id_actor", "person_id", "actor"),
        Index("ix_rights_actor_person_id", "actor", "person_id"),
    )


class Locator(Table):
    """Where a resource with a client-chosen id lives. Holds no content."""

    __tablename__ = "locators"

    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str]


class _IndexRow:
    """The key of every index table: the version, its parameter, and which of the parameter's values
    it is."""

    person_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    parameter: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)


class IndexDate(_IndexRow, Table):
    """Dates and periods of the current version, as inclusive instants."""

    __tablename__ = "index_dates"

    low: Mapped[datetime]
    high: Mapped[datetime]
    pair: Mapped[str | None]

    __table_args__ = (
        Index("ix_index_dates_low", "type", "parameter", "low"),
        Index("ix_index_dates_high", "type", "parameter", "high"),
    )


class IndexNumber(_IndexRow, Table):
    """Numbers and quantities of the current version. low or high is null on an open side."""

    __tablename__ = "index_numbers"

    low: Mapped[Decimal | None]
    high: Mapped[Decimal | None]
    system: Mapped[str | None]
    code: Mapped[str | None]
    unit: Mapped[str | None]
    pair: Mapped[str | None]

    __table_args__ = (
        Index("ix_index_numbers_low", "type", "parameter", "low"),
        Index("ix_index_numbers_high", "type", "parameter", "high"),
    )


class IndexString(_IndexRow, Table):
    """Strings of the current version, folded for case and accents, and as written."""

    __tablename__ = "index_strings"

    normalised: Mapped[str]
    exact: Mapped[str]
    pair: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_index_strings_normalised",
            "type",
            "parameter",
            "normalised",
            postgresql_ops={"normalised": "text_pattern_ops"},
        ),
    )


class Change(Table):
    """The change log: one row a version, claimed with SKIP LOCKED, never read as a cursor over
    `n`."""

    __tablename__ = "changes"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    type: Mapped[str]
    id: Mapped[str]
    version: Mapped[int]
    method: Mapped[str]
    updated: Mapped[datetime]


class AuditEvent(Table):
    """One AuditEvent per interaction and person, as FHIR bytes. Never updated, except that an
    erasure takes all away but its place, leaf and link.

    agent: the organisation or person who acted. The columns that `resources` has too are those
    that a search needs. shard, seq: its place in a chain, from 1; a person has one chain, number 0,
    and the directory several. salt, leaf, link: app/store/audit_chain.py says what they hash. All
    but the first six columns are filled by a trigger of the database (docs/decisions/0017), so that
    no row is written outside its chain.
    """

    __tablename__ = "audit_events"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str]
    updated: Mapped[datetime]
    agent: Mapped[str]
    tokens: Mapped[list[str]]
    body: Mapped[bytes]
    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    salt: Mapped[bytes | None]
    leaf: Mapped[bytes]
    link: Mapped[bytes]

    __table_args__ = (
        Index("ix_audit_events_person_id_updated", "person_id", "updated"),
        Index("ix_audit_events_updated", "updated"),
        Index("ix_audit_events_id", "id"),  # ids begin with the time, so that it grows at its end
    )


class Client(Table):
    """A program that may sign in for an organisation. A removed one keeps its row, so that nobody
    takes its id.

    scopes: the most it may be granted, as a token has them. jwks: its public keys as a JSON Web Key
    Set, or jwks_url: where they are; neither once it is removed. status: active, suspended or
    removed. mark: the standing under which it last changed.
    """

    __tablename__ = "clients"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    organization: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[str]
    contact: Mapped[str]
    status: Mapped[str]
    jwks: Mapped[str | None]
    jwks_url: Mapped[str | None]
    created: Mapped[datetime]
    changed: Mapped[datetime]
    changed_by: Mapped[str]
    mark: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("status in ('active', 'suspended', 'removed')", name="status"),
        Index("ix_clients_mark", "mark"),
    )


class UsedAssertion(Table):
    """Every assertion that a client has signed in with, so that none is used twice."""

    __tablename__ = "used_assertions"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    assertion_id: Mapped[str] = mapped_column(primary_key=True)
    expires: Mapped[datetime]

    __table_args__ = (Index("ix_used_assertions_expires", "expires"),)


class RevokedToken(Table):
    """Access tokens of this service that are not taken any more, until some time after they have
    expired. mark: the standing under which it was revoked."""

    __tablename__ = "revoked_tokens"

    token_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    expires: Mapped[datetime]
    mark: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_revoked_tokens_expires", "expires"),
        Index("ix_revoked_tokens_mark", "mark"),
    )


class Standing(Table):
    """One row: how often anything changed in who may sign in. Whoever changes something holds the
    row until the commit, so that marks become visible in their order."""

    __tablename__ = "standing"

    name: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger)


class AuditHead(Table):
    """Where each chain of audit events ends: the place and the link of its last one."""

    __tablename__ = "audit_heads"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    link: Mapped[bytes]

    # Room on each page for the next version of its rows: every audit event changes one.
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)


class AuditSeal(Table):
    """That a seal was made, so that a folder of seals that lacks the newest is noticed. The seals
    themselves are files outside the database. digest: the SHA-256 of the file."""

    __tablename__ = "audit_seals"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made: Mapped[datetime]
    digest: Mapped[bytes]


class RateCount(Table):
    """How often something was done in one span of time. key: a digest of who did it. Nothing here
    outlives its span for long."""

    __tablename__ = "rate_counts"

    name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    starts: Mapped[datetime] = mapped_column(primary_key=True)
    ends: Mapped[datetime]
    count: Mapped[int]

    __table_args__ = (Index("ix_rate_counts_ends", "ends"),)


class AnsweredRequest(Table):
    """A request that was answered under a key of the caller's own, so that sending it again does
    nothing anew. Kept for a day.

    person_id: whose record it was about, or the directory's key. fingerprint: of all that was sent.
    written: what was written, as "Type/id/version"; what is answered is read anew each time.
    """

    __tablename__ = "answered_requests"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int] = mapped_column(SmallInteger)
    written: Mapped[list[str]]
    made: Mapped[datetime]

    __table_args__ = (Index("ix_answered_requests_made", "made"),)
