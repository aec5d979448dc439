"""Two records of one person are linked by two administrators, and parted again, and nothing is
lost or on the wrong side."""

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.merging import (
    WHY,
    Administrators,
    AsClient,
    administrator,
    asked,
    ids,
    proposed,
    told,
)
from tests.endpoints.sharing import stored
from tests.people import goal, new_person


@pytest.fixture
def admins(service: Running) -> Iterator[Administrators]:
    with (
        administrator(service.settings, "jenna") as one,
        administrator(service.settings, "piran") as other,
    ):
        yield Administrators(one, other)


def test_both_sides_are_found_from_either_address(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    goals = sorted(stored(surgery, goal(one)) for one in (source, target))
    admins.merge(source, target)
    for client in (surgery, as_client(f"person:{source}"), as_client(f"person:{target}")):
        for one in (source, target):
            assert ids(client, f"/Goal?patient=Patient/{one}") == goals
            assert ids(client, f"/Goal?subject={one}") == goals
            assert ids(client, f"/Patient/{one}/Goal") == goals
            assert ids(client, f"/Goal?patient._id={one}") == goals
            whole = ids(client, f"/Patient/{one}/$everything")
            assert set(whole) == {*goals, f"Patient/{source}", f"Patient/{target}"}
            assert client.get(f"/Patient/{one}").status_code == 200
        assert all(client.get(f"/{where}").status_code == 200 for where in goals)
        brought = client.get(f"/Patient?_id={target}&_revinclude=Goal:patient").json()["entry"]
        assert {f"Goal/{one['resource']['id']}" for one in brought[1:]} == set(goals)


def test_each_patient_says_which_replaces_which(
    surgery: httpx.Client, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    admins.merge(source, target)
    was, now = (surgery.get(f"/Patient/{one}").json() for one in (source, target))
    assert was["active"] is False
    assert was["link"] == [{"other": {"reference": f"Patient/{target}"}, "type": "replaced-by"}]
    assert now["active"] is True
    assert now["link"] == [{"other": {"reference": f"Patient/{source}"}, "type": "replaces"}]


def test_nothing_changes_until_another_sign_in_approves(
    surgery: httpx.Client, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    where = stored(surgery, goal(source))
    id = proposed(admins.one, source, target)
    before = surgery.get(f"/Patient/{source}").json()
    own = asked(admins.one, "merge", proposal=id, decision="approve")
    assert own.status_code == 403
    assert "proposed this yourself" in own.text
    assert ids(surgery, f"/Goal?patient={target}") == []
    assert surgery.get(f"/Patient/{source}").json() == before
    looked = told(asked(admins.other, "merge", proposal=id))
    assert (looked["status"], looked["explanation"]) == ("proposed", WHY)
    assert told(asked(admins.other, "merge", proposal=id, decision="approve"))["status"] == (
        "approved"
    )
    assert ids(surgery, f"/Goal?patient={target}") == [where]
    again = asked(admins.one, "merge", proposal=id, decision="approve")
    assert (again.status_code, "approved already" in again.text) == (409, True)
