"""`whatmatters client` and `whatmatters keys`, as they are typed, and that what they do counts."""

import json
import stat
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner, Result

from app.cli.commands import cli
from app.errors import Conflict, Invalid, Malformed, NotFound, Refusal
from tests.access.assertions import EC_KEY, STRANGER_KEY, jwks
from tests.conftest import Running
from tests.endpoints.signing_in import Member

DETAILS = (
    *("--organisation", "harbour-befriending", "--name", "The charity's app"),
    *("--contact", "app@charity.example"),
    *("--scope", "system/Goal.rs", "--scope", "system/Task.cruds"),
)


class House:
    """The command line, on the record of the running service."""

    def __init__(self, service: Running, folder: Path) -> None:
        self.service = service
        self.folder = folder
        self.clients = 0

    def run(self, *words: str) -> Result:
        settings = self.service.settings
        database = ["--database-url", str(settings.database_url)] if words[0] == "client" else []
        place = ["--data-dir", str(settings.data_dir), *database]
        return CliRunner().invoke(cli, [*words, *place])

    def done(self, *words: str) -> str:
        """What it tells, when it was done."""
        result = self.run(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return " ".join(result.output.split())

    def refused(self, kind: type[Refusal], *words: str) -> str:
        """With what it was refused."""
        result = self.run(*words)
        assert isinstance(result.exception, kind), (result.output, result.exception)
        return " ".join(issue.text for issue in result.exception.issues)

    def file(self, content: str | bytes, name: str = "keys.json") -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def member(self, client_id: str, key: ECKey = EC_KEY) -> Member:
        return Member(client_id, self.service.settings.base_url, key)


@pytest.fixture
def house(service: Running, tmp_path: Path) -> House:
    return House(service, tmp_path)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """An id for a client of this test alone."""
    return f"cli-{abs(hash(request.node.name)):x}"[:40]


def held(path: Path) -> tuple[ECKey, dict[str, str]]:
    """The private key of a file, and the header it is named by."""
    key = ECKey.import_key(json.loads(path.read_bytes()))
    return key, {"kid": str(key.kid)}


def test_a_client_with_keys_of_its_own_is_added_and_signs_in(house: House, name: str) -> None:
    told = house.done(
        "client", "add", name, *DETAILS, "--keys", house.file(json.dumps(jwks(EC_KEY)))
    )
    assert f"{name} may sign in, for system/Goal.rs system/Task.cruds." in told
    answer = house.member(name).ask("system/*.rs")
    assert answer.json()["scope"] == "system/Goal.rs system/Task.rs"


@pytest.mark.parametrize("form", ["jwk", "pem"])
def test_one_key_alone_will_do(house: House, name: str, form: str) -> None:
    public = EC_KEY.as_pem(private=False) if form == "pem" else json.dumps(jwks(EC_KEY)["keys"][0])
    told = house.done("client", "add", name, *DETAILS, "--keys", house.file(public))
    shown = json.loads(house.run("client", "show", name).stdout)
    [key] = shown["jwks"]["keys"]
    assert key["x"] == EC_KEY.as_dict(private=False)["x"]
    member = house.member(name)
    assert member.ask(client_assertion=member.assertion({"kid": key["kid"]})).status_code == 200
    assert form == "jwk" or key["kid"] in told


def test_a_charity_without_keys_is_given_a_pair_and_told_what_to_do_with_it(
    house: House, name: str
) -> None:
    path = house.folder / "private.json"
    told = house.done("client", "add", name, *DETAILS, "--new-key", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for words in ("only you can read", "never by e-mail", "delete it here", name):
        assert words in told
    key, header = held(path)
    member = house.member(name, key)
    assert member.ask(client_assertion=member.assertion(header)).status_code == 200
    shown = house.run("client", "show", name).stdout
    assert '"d"' not in shown
    assert str(key.as_dict(private=True)["d"]) not in told + shown


def test_a_file_that_is_there_is_not_written_over(house: House, name: str) -> None:
    path = house.file("mine")
    told = house.refused(Conflict, "client", "add", name, *DETAILS, "--new-key", path)
    assert "is there already" in told
    assert Path(path).read_text() == "mine"
    house.refused(NotFound, "client", "show", name)


def test_a_pair_is_not_left_behind_when_its_client_is_refused(house: House, name: str) -> None:
    path = house.folder / "private.json"
    words = ("client", "add", name, *DETAILS, "--scope", "nonsense", "--new-key", str(path))
    assert "A scope is written like" in house.refused(Invalid, *words)
    assert list(house.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "one of"),
        (("--keys-url", "https://charity.example/jwks", "--new-key", "new.json"), "one of"),
        (("--keys", "nowhere.json"), "cannot be read"),
    ],
)
def test_keys_are_given_in_one_way(
    house: House, name: str, words: tuple[str, ...], told: str
) -> None:
    assert told in house.refused(Malformed, "client", "add", name, *DETAILS, *words)


def test_a_private_key_is_refused(house: House, name: str) -> None:
    pem = house.file(EC_KEY.as_pem(private=True), "key.pem")
    assert "private key" in house.refused(Malformed, "client", "add", name, *DETAILS, "--keys", pem)
    jwk = house.file(json.dumps(EC_KEY.as_dict(private=True)))
    assert "private key" in house.refused(Invalid, "client", "add", name, *DETAILS, "--keys", jwk)


def test_an_address_of_keys_is_registered_when_it_is_a_public_one(house: House, name: str) -> None:
    url = "https://charity.example/jwks.json"
    house.done("client", "add", name, *DETAILS, "--keys-url", url)
    assert json.loads(house.run("client", "show", name).stdout)["jwks_url"] == url
    house.refused(
        Invalid, "client", "rotate-key", name, "--keys-url", "http://charity.example/jwks"
    )


def test_a_client_is_suspended_resumed_and_removed(house: House, name: str) -> None:
    house.done("client", "add", name, *DETAILS, "--keys", house.file(json.dumps(jwks(EC_KEY))))
    member = house.member(name)
    token = member.token("system/Goal.rs")
    assert member.read(token).status_code == 403, "it may read goals, not organisations"
    assert "is suspended" in house.done("client", "suspend", name)
    assert (member.read(token).status_code, member.ask().status_code) == (401, 401)
    assert "may sign in again" in house.done("client", "resume", name)
    assert member.ask().status_code == 200
    assert f"{name}\tactive\tharbour-befriending\t" in house.run("client", "list").stdout
    assert "is removed" in house.done("client", "remove", name)
    assert member.ask().status_code == 401
    assert "removed for good" in house.refused(Conflict, "client", "resume", name)


def test_a_new_pair_stands_beside_the_last_one_until_that_is_dropped(
    house: House, name: str
) -> None:
    first = house.folder / "first.json"
    house.done("client", "add", name, *DETAILS, "--new-key", str(first))

    def statuses(*paths: Path) -> list[int]:
        told = []
        for path in paths:
            key, header = held(path)
            member = house.member(name, key)
            told.append(member.ask(client_assertion=member.assertion(header)).status_code)
        return told

    second, third, fourth = (house.folder / f"{n}.json" for n in (2, 3, 4))
    house.done("client", "rotate-key", name, "--new-key", str(second))
    assert statuses(first, second) == [200, 200]
    house.done("client", "rotate-key", name, "--new-key", str(third))
    assert statuses(first, second, third) == [401, 200, 200]
    house.done("client", "rotate-key", name, "--new-key", str(fourth), "--drop-old")
    assert statuses(second, third, fourth) == [401, 401, 200]


def test_keys_that_are_given_take_the_place_of_the_old(house: House, name: str) -> None:
    house.done("client", "add", name, *DETAILS, "--keys", house.file(json.dumps(jwks(EC_KEY))))
    told = house.done(
        "client", "rotate-key", name, "--keys", house.file(json.dumps(jwks(STRANGER_KEY)))
    )
    assert f"{name} signs in by these keys now: ec-1" in told
    assert house.member(name).ask().status_code == 401
    assert house.member(name, STRANGER_KEY).ask().status_code == 200


def test_a_client_that_is_not_there_is_told_of(house: House) -> None:
    for words in (("show",), ("suspend",), ("resume",), ("remove",)):
        assert "no client of this id" in house.refused(NotFound, "client", *words, "nobody")


def test_the_keys_of_our_own_tokens_are_rotated_while_we_serve(house: House, name: str) -> None:
    house.done("client", "add", name, *DETAILS, "--keys", house.file(json.dumps(jwks(EC_KEY))))
    member = house.member(name)
    old = member.token()
    told = house.done("keys", "rotate", "--now")
    assert "signs now" in told
    new = member.token()
    assert old.partition(".")[0] != new.partition(".")[0]
    assert [member.read(token).status_code for token in (old, new)] == [403, 403]
    listed = house.run("keys", "list").stdout.splitlines()
    assert len(listed) >= 2
    assert [line[:2] for line in listed].count("* ") == 1
    assert "in 10 minutes" in house.done("keys", "rotate")
    assert member.token().partition(".")[0] == new.partition(".")[0]
