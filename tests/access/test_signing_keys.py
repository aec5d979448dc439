"""The service's own keys: one file for all workers, and a new key beside the old."""

import stat
from pathlib import Path

import pytest

from app.access import signing_keys
from app.access.signing_keys import SigningKeys
from app.errors import Invalid

NOW = 1_800_000_000


def test_the_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "token-keys.json"
    first, second = SigningKeys(path), SigningKeys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.signing(NOW).kid == second.signing(NOW).kid
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_what_is_published_holds_no_private_half(tmp_path: Path) -> None:
    [key] = SigningKeys(tmp_path / "keys.json").public()
    assert key.keys() >= {"kid", "x", "y", "crv"}
    assert "d" not in key
    assert "signs_from" not in key


def test_a_new_key_is_published_at_once_and_signs_later_on_every_worker(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    workers = SigningKeys(path), SigningKeys(path)
    old = workers[0].signing(NOW).kid
    new = signing_keys.rotate(path, NOW, 600)
    for worker in workers:
        assert {key["kid"] for key in worker.public()} == {old, new}
        assert worker.signing(NOW + 599).kid == old
        assert worker.signing(NOW + 600).kid == new
        assert worker[str(old)].kid == old


def test_an_old_key_is_dropped_once_its_tokens_are_long_gone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = SigningKeys(path)
    first = str(keys.signing(NOW).kid)
    second = signing_keys.rotate(path, NOW, 0)
    third = signing_keys.rotate(path, NOW + 1800, 0)
    assert set(keys) == {first, second, third}
    fourth = signing_keys.rotate(path, NOW + 3601, 0)
    assert set(keys) == {second, third, fourth}


def test_a_clock_that_was_set_back_finds_a_key_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = SigningKeys(path)
    new = signing_keys.rotate(path, NOW, 0)
    assert keys.signing(NOW).kid == new
    assert keys.signing(0).kid in keys


@pytest.mark.parametrize("content", ["", "{}", '{"keys":[]}', '{"keys":[{"kid":"a"}]}'])
def test_a_file_that_holds_no_keys_is_told_of(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(Invalid, match="does not hold the keys"):
        SigningKeys(path)


def test_a_file_that_goes_wrong_later_takes_nothing_away(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = SigningKeys(path)
    kid = keys.signing(NOW).kid
    path.write_text("{}")
    assert keys.signing(NOW).kid == kid
    path.unlink()
    assert keys.signing(NOW).kid == kid
