import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.access import demo, scopes
from app.access.caller import Caller, Role
from app.access.token_check import Verifier
from app.errors import Forbidden, Invalid, NotFound, Unauthenticated

NOW = 1_800_000_000.7
PERSON_ID_BY_NHS_NUMBER = {"9990000018": "person-7"}


def mint(data_dir: Path, client: str, scope: str | None = None, purpose: str | None = None) -> str:
    return demo.mint(
        data_dir,
        client,
        scope,
        NOW,
        person_id_by_nhs_number=PERSON_ID_BY_NHS_NUMBER.get,
        person_id_by_supporter={"bessie": "person-7"}.get,
        purpose=purpose,
    )


def caller(data_dir: Path, client: str, scope: str | None = None) -> Caller:
    check = Verifier([demo.issuer(data_dir)], lambda: NOW)
    return check.verify(b"Bearer " + mint(data_dir, client, scope).encode())


@pytest.mark.parametrize("name", demo.CLIENTS)
def test_every_demo_client_gets_a_token_the_service_takes(tmp_path: Path, name: str) -> None:
    found = caller(tmp_path, name)
    assert found.role is demo.CLIENTS[name].role
    assert found.client_id == name
    assert found.organization == demo.CLIENTS[name].organization
    assert found.scopes == scopes.parse(demo.CLIENTS[name].scope)
    assert found.scopes
    assert found.expires_at == int(NOW) + 12 * 3600


@pytest.mark.parametrize("number", ["9990000018", "999 000 0018"])
def test_a_person_is_named_by_their_nhs_number_and_the_token_does_not_hold_it(
    tmp_path: Path, number: str
) -> None:
    found = caller(tmp_path, f"person:{number}")
    assert (found.role, found.person, found.agent) == (
        Role.PERSON,
        "person-7",
        "Patient/person-7",
    )
    assert "9990000018" not in (found.subject, found.client_id)


def test_a_supporter_is_named_by_their_entry_and_acts_as_it(tmp_path: Path) -> None:
    found = caller(tmp_path, "supporter:bessie")
    assert (found.role, found.person, found.agent) == (
        Role.SUPPORTER,
        "person-7",
        "RelatedPerson/bessie",
    )
    with pytest.raises(NotFound, match="RelatedPerson"):
        mint(tmp_path, "supporter:nobody")


def test_a_token_says_what_for_when_it_was_asked_to(tmp_path: Path) -> None:
    check = Verifier([demo.issuer(tmp_path)], lambda: NOW)
    told = check.verify(b"Bearer " + mint(tmp_path, "gp-surgery", purpose="TREAT").encode())
    assert told.purpose == "TREAT"
    assert caller(tmp_path, "gp-surgery").purpose is None


def test_an_unknown_client_is_told_the_names(tmp_path: Path) -> None:
    with pytest.raises(
        NotFound, match=r"gp-surgery, .*, person:<NHS number>, supporter:.*, and invited:"
    ):
        mint(tmp_path, "nobody")


def test_an_unknown_person_is_not_minted(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No person"):
        mint(tmp_path, "person:9990000026")


def test_a_scope_may_be_narrowed(tmp_path: Path) -> None:
    asked = "system/Goal.rs system/Task.r?status=requested"
    assert caller(tmp_path, "gp-surgery", asked).scopes == scopes.parse(asked)


@pytest.mark.parametrize(
    ("client", "scope"),
    [
        ("gp-surgery", "user/Goal.rs"),
        ("gp-surgery", "system/Goal.rs patient/Goal.rs"),
        ("gp-surgery", "system/Goal.sr"),
        ("gp-surgery", ""),
        ("analyst", "system/Goal.rs"),
        ("analyst", "system/Organization.rsc"),
        ("analyst", "system/Organization.cr"),
        ("privacy-officer", "system/*.rs"),
        ("person:9990000018", "system/*.rs"),
    ],
)
def test_a_scope_may_not_be_widened(tmp_path: Path, client: str, scope: str) -> None:
    with pytest.raises(Forbidden):
        mint(tmp_path, client, scope)


def test_the_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    first = demo.ensure_issuer(folder)
    again = demo.ensure_issuer(folder)
    assert first.key.as_dict(private=True) == again.key.as_dict(private=True)
    assert [path.name for path in folder.iterdir()] == ["demo-issuer.json"]
    assert all(not key.is_private for key in first.issuer.key_by_id.values())
    if sys.platform != "win32":
        assert stat.S_IMODE((folder / "demo-issuer.json").stat().st_mode) == 0o600


def test_many_processes_starting_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda _: demo.ensure_issuer(tmp_path).key.kid, range(16))
    assert len(set(found)) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_spoilt_key_file_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "demo-issuer.json").write_text("{}")
    with pytest.raises(Invalid, match="delete it"):
        demo.ensure_issuer(tmp_path)


def test_two_demonstrations_do_not_trust_each_other(tmp_path: Path) -> None:
    token = mint(tmp_path / "one", "admin")
    check = Verifier([demo.issuer(tmp_path / "two")], lambda: NOW)
    with pytest.raises(Unauthenticated):
        check.verify(b"Bearer " + token.encode())
