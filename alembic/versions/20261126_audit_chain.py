"""the audit chain

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). So it commits in between, and may
be run again wherever it was stopped. What the previous version writes meanwhile is chained too: a
trigger does it.

Revision: 6c1d0f3a9b27
Follows: 5d1c2f0a7b34
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "6c1d0f3a9b27"
down_revision = "5d1c2f0a7b34"
branch_labels = None
depends_on = None

TOGETHER = 2_000  # rows chained in one transaction

# The hashes are those of app/store/audit_chain.py, which checks them from outside.
CHAIN = r"""
create or replace function chain_audit_event() returns trigger language plpgsql as $$
begin
  -- Of the directory's chains each connection takes one, so that they do not wait for each other.
  new.shard := case when new.person_id = 'directory' then pg_backend_pid() % 16 else 0 end;
  new.salt := uuid_send(gen_random_uuid());
  new.leaf := sha256('whatmatters audit leaf 1'::bytea || '\x00'::bytea || new.salt
    || int4send(octet_length(new.person_id)) || convert_to(new.person_id, 'UTF8')
    || int4send(octet_length(new.id)) || convert_to(new.id, 'UTF8')
    || timestamptz_send(new.updated)
    || int4send(octet_length(new.agent)) || convert_to(new.agent, 'UTF8')
    || int4send(octet_length(array_send(new.tokens))) || array_send(new.tokens)
    || int4send(octet_length(new.body)) || new.body);
  insert into audit_heads as h (person_id, shard, seq, link)
  values (new.person_id, new.shard, 1, sha256('whatmatters audit link 1'::bytea || '\x00'::bytea
    || sha256('whatmatters audit chain 1'::bytea || '\x00'::bytea
      || int4send(octet_length(new.person_id)) || convert_to(new.person_id, 'UTF8')
      || int2send(new.shard))
    || int8send(1) || new.leaf))
  on conflict (person_id, shard) do update
  set seq = h.seq + 1, link = sha256('whatmatters audit link 1'::bytea || '\x00'::bytea
    || h.link || int8send(h.seq + 1) || new.leaf)
  returning h.seq, h.link into new.seq, new.link;
  return new;
end
$$"""

# A trigger that chains a row when it is touched, for those that were there before.
CHAIN_OLD = """
create or replace function chain_older_audit_events(
  inout place_person text, inout place_time timestamptz, most int, out done int)
language plpgsql as $$
declare
  one record;
begin
  done := 0;
  for one in
    select person_id, id, updated from audit_events
    where (person_id, updated) >= (place_person, place_time) and seq is null
    order by person_id, updated, id limit most
  loop
    update audit_events set seq = 0 where person_id = one.person_id and id = one.id;
    done := done + 1;
    place_person := one.person_id;
    place_time := one.updated;
  end loop;
end
$$"""

EXPAND = (
    """alter table audit_events add column if not exists shard smallint,
      add column if not exists seq bigint, add column if not exists salt bytea,
      add column if not exists leaf bytea, add column if not exists link bytea""",
    CHAIN,
    """create or replace trigger chain before insert on audit_events
      for each row execute function chain_audit_event()""",
    """create or replace trigger chain_old before update on audit_events
      for each row when (old.seq is null) execute function chain_audit_event()""",
    CHAIN_OLD,
)
# Waits for whoever looks at the table, and lets nobody wait.
INDEX = (
    "set lock_timeout = 0",
    "drop index concurrently if exists pk_audit_events_chain",
    """create unique index concurrently pk_audit_events_chain
      on audit_events (person_id, shard, seq)""",
    "set lock_timeout = '5s'",
    "alter table audit_events drop constraint if exists chained",
    """alter table audit_events add constraint chained
      check (shard is not null and seq is not null and leaf is not null and link is not null)
      not valid""",
    "alter table audit_events validate constraint chained",
)
CONTRACT = (
    """alter table audit_events alter shard set not null, alter seq set not null,
      alter leaf set not null, alter link set not null""",
    "alter table audit_events drop constraint chained",
    "alter table audit_events drop constraint pk_audit_events",
    """alter table audit_events add constraint pk_audit_events
      primary key using index pk_audit_events_chain""",
    "drop trigger chain_old on audit_events",
    "drop function chain_older_audit_events",
)


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "shard", name=op.f("pk_audit_heads")),
        postgresql_with={"fillfactor": "50"},
        if_not_exists=True,
    )
    op.create_table(
        "audit_seals",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_seals")),
        if_not_exists=True,
    )
    for statement in EXPAND:
        op.execute(statement)
    with op.get_context().autocommit_block():
        chain_older()
        for statement in INDEX:
            op.execute(statement)
    for statement in CONTRACT:
        op.execute(statement)


def chain_older() -> None:
    """Chain what was there before, each person's in the order of time, some at a time."""
    connection = op.get_bind()
    # The first of all places, and then the last one done.
    place, time, done = "", "-infinity", 1
    while done:
        # As text, because the driver's own times end in the year 9999.
        place, time, done = connection.execute(
            sa.text(
                "select place_person, place_time::text, done from "
                "chain_older_audit_events(:place, cast(cast(:time as text) as timestamptz), :most)"
            ),
            {"place": place, "time": time, "most": TOGETHER},
        ).one()


def downgrade() -> None:
    op.execute("drop trigger chain on audit_events")
    op.execute("drop function chain_audit_event")
    op.execute("alter table audit_events drop constraint pk_audit_events")
    op.create_primary_key("pk_audit_events", "audit_events", ["person_id", "id"])
    for column in ("shard", "seq", "salt", "leaf", "link"):
        op.drop_column("audit_events", column)
    op.drop_table("audit_heads")
    op.drop_table("audit_seals")
