"""a chain that is there is followed without making its start

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). The function of the trigger alone is
replaced: it makes the same hashes, and whoever is inside the one before ends with it.

Revision: a1f4d2c70b63
Follows: 9c3a7d1e2f58
"""

from alembic import op

revision = "a1f4d2c70b63"
down_revision = "9c3a7d1e2f58"
branch_labels = None
depends_on = None

# The hashes are those of app/store/audit_chain.py, which checks them from outside.
CHAIN = r"""
create or replace function chain_audit_event() returns trigger language plpgsql as $$
declare
  person bytea := convert_to(new.person_id, 'UTF8');
  words bytea := array_send(new.tokens);
begin
  -- Of the directory's chains each connection takes one, so that they do not wait for each other.
  new.shard := case when new.person_id = 'directory' then pg_backend_pid() % 16 else 0 end;
  new.salt := uuid_send(gen_random_uuid());
  new.leaf := sha256('whatmatters audit leaf 1\000'::bytea || new.salt
    || int4send(octet_length(person)) || person
    || int4send(octet_length(new.id)) || convert_to(new.id, 'UTF8')
    || timestamptz_send(new.updated)
    || int4send(octet_length(new.agent)) || convert_to(new.agent, 'UTF8')
    || int4send(octet_length(words)) || words
    || int4send(octet_length(new.body)) || new.body);
  -- Nearly every chain is there already, and its start need not be made.
  update audit_heads as h
  set seq = h.seq + 1, link = sha256('whatmatters audit link 1\000'::bytea
    || h.link || int8send(h.seq + 1) || new.leaf)
  where h.person_id = new.person_id and h.shard = new.shard
  returning h.seq, h.link into new.seq, new.link;
  if found then
    return new;
  end if;
  -- Another may have begun it just now.
  insert into audit_heads as h (person_id, shard, seq, link)
  values (new.person_id, new.shard, 1, sha256('whatmatters audit link 1\000'::bytea
    || sha256('whatmatters audit chain 1\000'::bytea
      || int4send(octet_length(person)) || person || int2send(new.shard))
    || int8send(1) || new.leaf))
  on conflict (person_id, shard) do update
  set seq = h.seq + 1, link = sha256('whatmatters audit link 1\000'::bytea
    || h.link || int8send(h.seq + 1) || new.leaf)
  returning h.seq, h.link into new.seq, new.link;
  return new;
end
$$"""

BEFORE = r"""
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


def upgrade() -> None:
    op.execute(CHAIN)


def downgrade() -> None:
    op.execute(BEFORE)
