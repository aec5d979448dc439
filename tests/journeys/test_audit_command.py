"""`whatmatters audit`, as whoever looks after the record types it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.served import Served, served
from tests.people import goal, new_person
from tests.store.audit_world import as_superuser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

NEVER, EACH_SECOND = (
    {"WHATMATTERS_AUDIT_SEAL_SECONDS": "0"},
    {"WHATMATTERS_AUDIT_SEAL_SECONDS": "1"},
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Served]:
    yield from served(tmp_path, environment=NEVER)


def test_the_audit_is_sealed_verified_and_tampering_is_named(house: Served) -> None:
    surgery = house.client()
    person = new_person(surgery, known_to=())
    surgery.post("/Goal", json=goal(person, "Sing in the choir")).raise_for_status()

    unsealed = house.run("audit", "verify")
    assert unsealed.returncode == 3
    assert "whatmatters audit seal" in unsealed.stderr

    sealed = house.run("audit", "seal")
    assert sealed.returncode == 0, sealed.stderr
    assert sealed.stdout.strip().count(".") == 2
    file = house.settings.data_dir / "seals" / "seal-00000001.jws"
    assert sealed.stdout.strip() == file.read_text()
    assert str(file) in sealed.stderr

    again = house.run("audit", "seal")
    assert (again.returncode, again.stdout) == (0, "")

    sound = house.run("audit", "verify")
    assert sound.returncode == 0, sound.stderr
    assert "against 1 seals" in sound.stderr

    as_superuser(
        house.database_url,
        f"update audit_events set body = 'canary' where person_id = '{person}' and seq = 2",  # noqa: S608
    )
    tampered = house.run("audit", "verify")
    assert tampered.returncode == 2
    assert f"{person}, entry 2: is not what was recorded" in tampered.stderr
    assert "canary" not in tampered.stderr
    assert "choir" not in tampered.stderr


def test_the_seals_and_the_public_key_may_lie_elsewhere(house: Served, tmp_path: Path) -> None:
    new_person(house.client(), known_to=())
    house.run("audit", "seal").check_returncode()
    elsewhere = tmp_path / "elsewhere"
    (house.settings.data_dir / "seals").rename(elsewhere)
    (house.settings.data_dir / "audit-key.jwk").unlink()
    [public] = elsewhere.glob("key-*.jwk")

    assert house.run("audit", "verify").returncode == 3
    given = house.run("audit", "verify", "--seals", str(elsewhere), "--key", str(public))
    assert given.returncode == 0, given.stderr
    without = house.run("audit", "verify", "--seals", str(elsewhere))
    assert without.returncode == 2
    assert "a key that was not given" in without.stderr


def test_the_service_seals_by_itself_with_whichever_worker_comes_first(tmp_path: Path) -> None:
    for house in served(tmp_path, ["--workers", "2"], EACH_SECOND):
        surgery = house.client()
        seals = house.settings.data_dir / "seals"
        deadline = time.monotonic() + 60
        while len(list(seals.glob("seal-*.jws"))) < 3:
            new_person(surgery, known_to=())
            assert time.monotonic() < deadline, house.told()
            time.sleep(0.05)
        verified = house.run("audit", "verify")
        assert verified.returncode == 0, verified.stderr
        assert "not sealed" not in house.told()
