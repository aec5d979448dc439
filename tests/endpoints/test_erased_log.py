"""Of a log that was erased, nothing is told but that it was (docs/decisions/0017)."""

from collections.abc import Callable

import httpx

from app.store.audit_chain import erase_audit
from app.store.unit import Store
from tests.conftest import Running
from tests.endpoints.asking import about, new_goal
from tests.people import new_person
from tests.store.audit_world import event, in_store


def test_erased_events_are_found_by_nobody_and_the_log_goes_on(
    service: Running, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    seen = new_goal(surgery, person)
    surgery.get(seen).raise_for_status()
    before = [one["id"] for one in about(as_client(f"person:{person}"), person)]
    assert len(before) > 2

    async def erase(store: Store) -> None:
        unit = store.unit()
        async with unit.transaction():
            patient = [f"patient=Patient/{person}"]
            notice = event(person, f"notice-{person}", tokens=patient)
            await erase_audit(unit.session, person, notice)

    in_store(service.settings.database_url or "", erase)
    surgery.get(seen).raise_for_status()
    officer = as_client("privacy-officer")
    for reader in (as_client(f"person:{person}"), officer, surgery):
        assert all(reader.get(f"/AuditEvent/{id}").status_code == 404 for id in before)
        found = reader.get(f"/AuditEvent?patient=Patient/{person}")
        assert found.status_code == 200
        ids = {one["resource"]["id"] for one in found.json()["entry"]}
        assert ids.isdisjoint(before)
        assert ids
    history = officer.get("/AuditEvent?_sort=-date&_count=50").json()["entry"]
    assert {one["resource"]["resourceType"] for one in history} == {"AuditEvent"}
