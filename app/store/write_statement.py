"""The text of the statements that write versions with everything that belongs to them.

`expected` = 0 means "not there yet"; otherwise the version that must still be current. What a row
refers to must still be there, and be seen by who writes where nobody looked before; it is held
until the commit: a deletion waits, and then finds who refers to it. A row of which either does not
hold is left out whole: no version, no index, no change, no audit.

Audits come last and in the order of their people: each changes the head of its chain, and whoever
takes heads in one order and nothing after them can be waited for, but never in a circle.
"""

from app.fhir.labels import Label
from app.store.links import COPIED, INTO
from app.store.permit import referable

_QUARANTINED = str(int(Label.QUARANTINED))

_INPUT = (
    """
with input as (
  select n, person_id, type, id, expected, expected + 1 as version, updated, deleted, method,
    author, string_to_array(tokens, chr(31)) as tokens, body, located, labels
  from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[],
    $28::timestamptz[], $29::bool[], $30::text[], $31::text[], $32::bytea[], $33::bool[],
    $47::smallint[])
    as t(n, person_id, type, id, expected, tokens, updated, deleted, method, author, body, located,
      labels)
),
referred as (
  select k, person_id, type, id, agent, party, purpose, hidden
  from unnest($41::int[], $42::text[], $43::text[], $44::text[], $48::text[], $49::text[],
    $50::text[], $51::smallint[])
    as t(k, person_id, type, id, agent, party, purpose, hidden)
),
held as (
  select w.k from referred w
  join resources r on r.person_id = w.person_id and r.type = w.type and r.id = w.id
  where not r.deleted and """
    + referable("r", "w")
    + """
  for key share of r
),
lacking as (
  select n from unnest($45::int[], $46::int[]) as t(n, k) where k not in (select k from held)
),
placed as (
  insert into locators (type, id, person_id)
  select type, id, person_id from input
  where located and expected = 0 and n not in (select n from lacking)
  on conflict do nothing
  returning type, id
),
created as (
  insert into resources
    (person_id, type, id, version, updated, deleted, author, tokens, body, labels)
  select person_id, type, id, version, updated, deleted, author, tokens, body, labels from input i
  where expected = 0 and n not in (select n from lacking)
    and (not located or exists (select from placed p where p.type = i.type and p.id = i.id))
  on conflict do nothing
  returning person_id, type, id
),"""
)

_OLD_INDEX = """
old_dates as (
  delete from index_dates x using updated u
  where x.person_id = u.person_id and x.type = u.type and x.id = u.id
),
old_numbers as (
  delete from index_numbers x using updated u
  where x.person_id = u.person_id and x.type = u.type and x.id = u.id
),
old_strings as (
  delete from index_strings x using updated u
  where x.person_id = u.person_id and x.type = u.type and x.id = u.id
),"""

_UPDATED = (
    """
updated as (
  update resources r
  set version = i.version, updated = i.updated, deleted = i.deleted, tokens = i.tokens,
    body = i.body, labels = i.labels | (r.labels & """
    + _QUARANTINED
    + """)
  from input i
  where i.expected > 0 and i.n not in (select n from lacking)
    and r.person_id = i.person_id and r.type = i.type and r.id = i.id and r.version = i.expected
  returning r.person_id, r.type, r.id, r.author, r.labels
),"""
    + _OLD_INDEX
    + """
done as (
  select i.*, i.author as first_author, i.labels as kept from input i
  join created c using (person_id, type, id)
  union all
  select i.*, u.author, u.labels from input i join updated u using (person_id, type, id)
),"""
)

_CREATED = """
done as (
  select i.*, i.author as first_author, i.labels as kept from input i
  join created c using (person_id, type, id)
),"""

_INDEX = """
dates as (
  insert into index_dates (person_id, type, id, version, parameter, n, low, high, pair)
  select d.person_id, d.type, d.id, d.version, x.parameter, x.i, x.low, x.high, x.pair
  from unnest($7::int[], $8::int[], $9::text[], $10::timestamptz[], $11::timestamptz[],
    $12::text[]) as x(n, i, parameter, low, high, pair)
  join done d using (n)
),
numbers as (
  insert into index_numbers
    (person_id, type, id, version, parameter, n, low, high, system, code, unit, pair)
  select d.person_id, d.type, d.id, d.version, x.parameter, x.i, x.low, x.high, x.system, x.code,
    x.unit, x.pair
  from unnest($13::int[], $14::int[], $15::text[], $16::numeric[], $17::numeric[], $18::text[],
    $19::text[], $20::text[], $21::text[])
    as x(n, i, parameter, low, high, system, code, unit, pair)
  join done d using (n)
),
strings as (
  insert into index_strings (person_id, type, id, version, parameter, n, normalised, exact, pair)
  select d.person_id, d.type, d.id, d.version, x.parameter, x.i, x.normalised, x.exact, x.pair
  from unnest($22::int[], $23::int[], $24::text[], $25::text[], $26::text[], $27::text[])
    as x(n, i, parameter, normalised, exact, pair)
  join done d using (n)
)"""

_REST = """,
versions as (
  insert into resource_versions
    (person_id, type, id, version, updated, method, author, tokens, body, labels)
  select person_id, type, id, version, updated, method, first_author, tokens, body, kept
  from done
),
change as (
  insert into changes (person_id, type, id, version, method, updated)
  select person_id, type, id, version, method, updated from done
),
audit as (
  insert into audit_events (person_id, id, updated, agent, tokens, body)
  select a.person_id, a.id, a.updated, a.agent, string_to_array(a.tokens, chr(31)), a.body
  from unnest($34::int[], $35::text[], $36::text[], $37::timestamptz[], $38::text[],
    $39::text[], $40::bytea[]) as a(n, person_id, id, updated, agent, tokens, body)
  join done d using (n)
  order by a.person_id
)
select n from done"""

_OLD_RIGHTS = """,
old_rights as (
  delete from rights x using updated u
  where x.person_id = u.person_id and x.type = u.type and x.id = u.id
),
old_copies as (
  delete from rights x using updated u join links l on l.person_id = u.person_id
  where x.person_id = l.other and x.type = u.type and x.id = u.id and x.side = u.person_id
)"""

# The numbers of rights begin anew with each version, which is part of their key. What is set apart
# says no yes to anybody. What is said of a person is said of whoever is linked to them.
_RIGHTS = (
    """,
given as (
  insert into rights (person_id, type, id, version, n, actor, says, tie, weight,
    covers_restricted, classes, entries, purposes, low, high)
  select d.person_id, d.type, d.id, d.version, x.i, x.actor, x.says, x.tie, x.weight,
    x.covers_restricted, string_to_array(x.classes, chr(31)), string_to_array(x.entries, chr(31)),
    string_to_array(x.purposes, chr(31)), x.low, x.high
  from unnest($52::int[], $53::int[], $54::text[], $55::bool[], $56::bool[], $57::int[],
    $58::bool[], $59::text[], $60::text[], $61::text[], $62::timestamptz[], $63::timestamptz[])
    as x(n, i, actor, says, tie, weight, covers_restricted, classes, entries, purposes, low, high)
  join done d using (n)
  where not x.says or d.kept & """
    + _QUARANTINED
    + """ = 0
  returning *
),
copied as (
  """
    + INTO
    + " select "
    + COPIED.format(r="g")
    + """, l.other, g.person_id
  from given g join links l on l.person_id = g.person_id
)"""
)

CREATE = _INPUT + _CREATED + _INDEX + _REST
WRITE = _INPUT + _UPDATED + _INDEX + _REST
CREATE_WITH_RIGHTS = _INPUT + _CREATED + _INDEX + _RIGHTS + _REST
WRITE_WITH_RIGHTS = _INPUT + _UPDATED + _INDEX + _OLD_RIGHTS + _RIGHTS + _REST

# Two statements of one transaction: the rows of an index have the same key before and after.
UNINDEX = (
    """
with input as (
  select n, person_id, type, id, version, string_to_array(tokens, chr(31)) as tokens
  from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[])
    as t(n, person_id, type, id, version, tokens)
),
updated as (
  update resources r set tokens = i.tokens from input i
  where r.person_id = i.person_id and r.type = i.type and r.id = i.id and r.version = i.version
  returning r.person_id, r.type, r.id, i.n
),"""
    + _OLD_INDEX.rstrip(",")
    + """
select n from updated"""
)
REINDEX = (
    """
with done as (
  select n, person_id, type, id, version
  from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[])
    as t(n, person_id, type, id, version, tokens)
  where n = any($28::int[])
),"""
    + _INDEX
    + """
select n from done"""
)
