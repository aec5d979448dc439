"""What fits together in the database and is not what was there, is found by the seals outside it
(docs/decisions/0018)."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.access.audit_key import key_at, make_key, public_keys
from app.access.audit_sealing import seal, sealing_key
from app.access.audit_seals import (
    LISTING,
    Moved,
    Seal,
    heads_file,
    lines,
    read_seal,
    root_of,
    seal_file,
    seals_in,
    signed,
)
from app.access.audit_verify import Verified, verify
from app.errors import Conflict, Malformed, Unavailable
from app.store.audit_chain import Head, erase_audit
from app.store.database import Database
from app.store.resources import write_audit
from app.store.unit import Store
from tests.store.audit_world import (
    WHEN,
    as_superuser,
    event,
    in_store,
    opened,
    write_chains,
    write_rows,
)

PEOPLE = {"ada": 5, "bea": 7, "cyd": 3}


@dataclass
class House:
    """A database with the chains of three people, and a folder of seals."""

    url: str
    folder: Path
    key: Path

    def seal(self) -> Seal | None:
        made: list[Seal | None] = []

        async def run(store: Store) -> None:
            key = sealing_key(self.key, self.folder)
            made.append(await seal(store.database, self.folder, key, WHEN))

        in_store(self.url, run)
        return made[0]

    def verify(self, key: Path | None = None) -> Verified:
        found: list[Verified] = []

        async def run(store: Store) -> None:
            keys = public_keys([key or self.key])
            found.append(await verify(store.database, self.folder, keys, lambda done, all: None))

        in_store(self.url, run)
        return found[0]

    def places(self) -> list[tuple[str, int]]:
        return [(fault.person_id, fault.seq) for fault in self.verify().faults]


@pytest.fixture
def house(make_database: Callable[[], str], tmp_path: Path) -> House:
    url = make_database()
    write_chains(url, PEOPLE)
    return House(url, tmp_path / "seals", tmp_path / "keys" / "audit-key.jwk")


@pytest.fixture
def sealed(house: House) -> House:
    """Three seals: of all, of two more for bea, and of one more for each of ada and bea."""
    house.seal()
    write_chains(house.url, {"bea": 2})
    house.seal()
    write_chains(house.url, {"ada": 1, "bea": 1})
    house.seal()
    return house


def test_each_seal_says_where_all_chains_end_and_which_have_moved(sealed: House) -> None:
    keys = public_keys([sealed.key])
    first, second, third = (read_seal(sealed.folder, n, keys) for n in (1, 2, 3))
    assert [one.entries for one in (first, second, third)] == [15, 17, 19]
    assert {one.chains for one in (first, second, third)} == {3}
    moved = [
        (one.person_id, one.sealed, one.seq) for one in lines(heads_file(sealed.folder, 3), Moved)
    ]
    assert moved == [("ada", 5, 6), ("bea", 9, 10)]
    assert third.root == root_of(lines(sealed.folder / LISTING, Head))


def test_what_was_sealed_verifies_also_with_the_public_key_alone(sealed: House) -> None:
    [public] = sealed.folder.glob("key-*.jwk")
    assert "d" not in json.loads(public.read_text())
    verified = sealed.verify(public)
    assert verified.is_sound
    assert verified.is_sealed
    assert (verified.entries, verified.seals, verified.sealed_at) == (19, 3, WHEN)


def test_where_nothing_has_moved_no_seal_is_made(sealed: House) -> None:
    assert sealed.seal() is None
    assert seals_in(sealed.folder) == [1, 2, 3]


def test_without_a_seal_that_is_told(house: House) -> None:
    verified = house.verify(key_file(house))
    assert verified.is_sound
    assert not verified.is_sealed


def key_file(house: House) -> Path:
    make_key(house.key)
    return house.key


def cut_off(house: House, last: int) -> None:
    """The end of a chain goes, and what is noted of it is set back."""
    as_superuser(
        house.url,
        f"delete from audit_events where person_id = 'bea' and seq > {last}",  # noqa: S608
        f"""update audit_heads set (seq, link) = (select seq, link from audit_events
        where person_id = 'bea' and seq = {last}) where person_id = 'bea'""",  # noqa: S608
    )


@pytest.mark.parametrize("last", [9, 8, 3])
def test_an_end_that_was_cut_off_in_all_tables_is_found(sealed: House, last: int) -> None:
    cut_off(sealed, last)
    assert sealed.places() == [("bea", last + 1)]


@pytest.mark.parametrize(("last", "named"), [(9, 10), (8, 8), (3, 1)])
def test_a_past_that_was_written_anew_is_found_from_the_last_seal_that_holds(
    sealed: House, last: int, named: int
) -> None:
    cut_off(sealed, last)
    write_rows(sealed.url, [event("bea", f"again-{n}") for n in range(10)])
    assert sealed.places() == [("bea", named)]


def test_a_person_who_was_taken_away_in_all_tables_is_found(sealed: House) -> None:
    as_superuser(
        sealed.url,
        "delete from audit_events where person_id = 'cyd'",
        "delete from audit_heads where person_id = 'cyd'",
    )
    assert sealed.places() == [("cyd", 1)]


def gone(house: House) -> None:
    as_superuser(
        house.url,
        "delete from audit_events where person_id = 'cyd'",
        "delete from audit_heads where person_id = 'cyd'",
    )


def shorter(house: House) -> None:
    cut_off(house, 6)


def another_past(house: House) -> None:
    cut_off(house, 8)
    write_rows(house.url, [event("bea", f"again-{n}") for n in range(5)])


def another_end(house: House) -> None:
    write_chains(house.url, {"bea": 1})
    as_superuser(house.url, "update audit_heads set link = '\\x00' where person_id = 'bea'")


@pytest.mark.parametrize("done", [gone, shorter, another_past, another_end])
def test_what_is_not_what_was_sealed_is_not_sealed_over(
    sealed: House, done: Callable[[House], None]
) -> None:
    done(sealed)
    with pytest.raises(Conflict, match=r"^The audit of (bea|cyd) .* audit verify$"):
        sealed.seal()
    assert seals_in(sealed.folder) == [1, 2, 3]


def test_an_erasure_between_two_seals_is_no_fault(sealed: House) -> None:
    async def erase(store: Store) -> None:
        unit = store.unit()
        async with unit.transaction():
            await erase_audit(unit.session, "bea", event("bea", "erased"))

    in_store(sealed.url, erase)
    assert sealed.seal() is not None
    verified = sealed.verify()
    assert verified.is_sound
    assert verified.erased == 10


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_seal_that_is_missing_is_told(sealed: House, n: int) -> None:
    seal_file(sealed.folder, n).unlink()
    verified = sealed.verify()
    assert verified.missing == [n]
    assert not verified.is_sealed


def test_an_empty_folder_is_told_from_one_that_was_never_used(sealed: House) -> None:
    for path in sealed.folder.iterdir():
        path.unlink()
    assert sealed.verify().missing == [1, 2, 3]
    with pytest.raises(Conflict, match="lacks seals up to 3"):
        sealed.seal()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_seal_that_was_changed_is_told(sealed: House, n: int) -> None:
    path = seal_file(sealed.folder, n)
    header, payload, signature = path.read_text().split(".")
    claimed = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(claimed | {"entries": 1}).encode()).decode()
    path.write_text(".".join((header, changed.rstrip("="), signature)))
    assert any("does not hold" in text for text in sealed.verify().seal_faults)


def test_a_seal_that_somebody_else_signed_is_told(sealed: House, tmp_path: Path) -> None:
    keys = public_keys([sealed.key])
    forged = signed(read_seal(sealed.folder, 3, keys), make_key(tmp_path / "other.jwk"))
    seal_file(sealed.folder, 3).write_bytes(forged)
    assert any("a key that was not given" in text for text in sealed.verify().seal_faults)


def test_a_seal_that_was_signed_anew_is_told_by_the_one_after_it(sealed: House) -> None:
    """By somebody who has the key."""
    second = read_seal(sealed.folder, 2, public_keys([sealed.key]))
    other = signed(replace(second, made=second.made + timedelta(days=1)), key_at(sealed.key))
    seal_file(sealed.folder, 2).write_bytes(other)
    assert sealed.verify().seal_faults == ["Seal 3 does not follow from the one before it."]


def test_the_newest_seal_that_was_signed_anew_is_told_by_the_database(sealed: House) -> None:
    third = read_seal(sealed.folder, 3, public_keys([sealed.key]))
    other = signed(replace(third, made=third.made + timedelta(days=1)), key_at(sealed.key))
    seal_file(sealed.folder, 3).write_bytes(other)
    assert sealed.verify().seal_faults == ["Seal 3 is not the one that was made here."]
    write_chains(sealed.url, {"ada": 1})
    with pytest.raises(Conflict, match="is not the one that was made here"):
        sealed.seal()


def test_a_seal_over_other_heads_than_were_listed_is_told(sealed: House) -> None:
    """Its root is not that of what the lists hold together."""
    third = read_seal(sealed.folder, 3, public_keys([sealed.key]))
    seal_file(sealed.folder, 3).write_bytes(signed(replace(third, root="00"), key_at(sealed.key)))
    assert "The heads up to seal 3 are not those that were sealed." in sealed.verify().seal_faults


def test_a_seal_in_the_place_of_another_is_told(sealed: House) -> None:
    seal_file(sealed.folder, 2).write_bytes(seal_file(sealed.folder, 1).read_bytes())
    assert any("another number" in text for text in sealed.verify().seal_faults)


def test_heads_that_were_changed_are_told(sealed: House) -> None:
    path = heads_file(sealed.folder, 2)
    path.write_bytes(path.read_bytes().replace(b'"bea",0,9', b'"bea",0,8'))
    assert any("is not what was sealed" in text for text in sealed.verify().seal_faults)


@pytest.mark.parametrize("content", [None, b"", b"no heads\n", b'["ada",0,1,"00"]\n'])
def test_the_list_of_all_heads_can_be_made_again(sealed: House, content: bytes | None) -> None:
    usual = sealed.folder / LISTING
    before = usual.read_bytes()
    if content is None:
        usual.unlink()
    else:
        usual.write_bytes(content)
    assert sealed.verify().is_sound
    write_chains(sealed.url, {"eve": 1})
    sealed.seal()
    assert usual.read_bytes().startswith(before)
    assert sealed.verify().is_sound


def test_a_seal_that_the_database_could_not_note_is_gone_on_from(sealed: House) -> None:
    as_superuser(sealed.url, "delete from audit_seals where n = 3")
    write_chains(sealed.url, {"eve": 1})
    made = sealed.seal()
    assert made is not None
    assert made.n == 4
    assert sealed.verify().is_sound


def test_a_restored_backup_is_gone_on_from_once_the_newer_seals_are_put_aside(
    sealed: House, tmp_path: Path
) -> None:
    """The backup is from between the second and the third seal."""
    as_superuser(
        sealed.url,
        "delete from audit_events where (person_id, seq) in (('ada', 6), ('bea', 10))",
        """update audit_heads h set (seq, link) = (select seq, link from audit_events e
        where e.person_id = h.person_id order by seq desc limit 1)""",
        "delete from audit_seals where n = 3",
    )
    assert sealed.places() == [("ada", 6), ("bea", 10)]
    with pytest.raises(Conflict):
        sealed.seal()

    for path in (seal_file(sealed.folder, 3), heads_file(sealed.folder, 3)):
        path.rename(tmp_path / path.name)
    (sealed.folder / LISTING).unlink()
    assert sealed.verify().is_sound
    assert sealed.verify().is_sealed
    write_chains(sealed.url, {"cyd": 1})
    made = sealed.seal()
    assert made is not None
    assert made.n == 3
    assert sealed.verify().is_sound


def test_the_key_is_for_its_owner_alone(sealed: House) -> None:
    assert sealed.key.stat().st_mode & 0o777 == 0o600
    sealed.key.chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        key_at(sealed.key)


def test_a_key_that_is_missing_is_not_made_again(sealed: House) -> None:
    sealed.key.unlink()
    with pytest.raises(Malformed, match="is missing"):
        sealing_key(sealed.key, sealed.folder)


def test_sealing_and_verifying_beside_many_writers_finds_nothing(house: House) -> None:
    async def all_at_once(_: Store) -> None:
        database = await opened(house.url, pool_size=10)
        key = sealing_key(house.key, house.folder)
        writing = asyncio.gather(*(write(database, n) for n in range(4)))
        rounds = 0
        while not writing.done() or rounds < 2:
            await seal(database, house.folder, key, WHEN)
            keys = {key.thumbprint(): key}
            verified = await verify(database, house.folder, keys, lambda done, all: None)
            assert verified.is_sound, (verified.faults, verified.seal_faults)
            assert verified.is_sealed
            rounds += 1
        await writing
        await database.close()

    async def write(database: Database, writer: int) -> None:
        for n in range(60):
            rows = [event(p, f"{writer}-{n}-{p}") for p in ("ada", "bea", f"new-{n}")]
            await write_audit(database.session(), rows)

    in_store(house.url, all_at_once)
    assert house.verify().is_sound


def test_two_who_seal_at_once_make_one_seal_after_the_other(house: House) -> None:
    async def both(store: Store) -> None:
        key = sealing_key(house.key, house.folder)
        made = await asyncio.gather(
            *(seal(store.database, house.folder, key, WHEN) for _ in range(3)),
            return_exceptions=True,
        )
        assert all(one is None or isinstance(one, Seal | Unavailable) for one in made), made

    in_store(house.url, both)
    assert seals_in(house.folder) == [1]
    assert house.verify().is_sound
