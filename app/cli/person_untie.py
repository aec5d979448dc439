"""`whatmatters person untie`: a person's record let go of the account they signed in with.

Whoever made a new account at NHS login is refused until then: no sign-in is tied to a record twice.
"""

import secrets

from app.access.acts import Act
from app.access.audit import Deed, outcome_of, row
from app.cli.person_at_hand import administrator, person_of
from app.errors import NotFound
from app.main import make_record, open_database
from app.settings import Settings
from app.store.accounts import untie
from app.store.resources import write_audit


async def untie_person(settings: Settings, given: str, organisation: str) -> list[str]:
    """At which issuers the accounts were that are untied; the sessions of the record end too. It is
    in the person's log. Raises NotFound for nobody, or when no account is tied."""
    database = await open_database(settings)
    try:
        session, record = database.session(), make_record(settings, database)
        person = await person_of(session, given)
        async with session.transaction():
            issuers = await untie(session, person)
            if not issuers:
                raise NotFound("No sign-in is tied to this record, so nothing was done.")
            now = record.now()
            deed = Deed(
                administrator(organisation),
                Act.UNTIE,
                "Patient",
                person,
                None,
                person,
                outcome_of(200),
                None,
                None,
                secrets.token_hex(8),
                now,
                "",
            )
            id = f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(8)}"
            await write_audit(session, [row(deed, id, record.fhir_base)])
    finally:
        await database.close()
    return issuers
