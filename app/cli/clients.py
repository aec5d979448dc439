"""`whatmatters client`: who may sign in at the token endpoint, and by which keys."""

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from msgspec import Raw
from msgspec.json import encode, format
from rich.console import Console

from app.access import client_keys, key_file, registry
from app.access.caller import Role
from app.access.registry import NewKeys, Registration, Status
from app.access.standing import BINDS_AFTER_SECONDS
from app.cli.opening import DatabaseUrl, DataDir, migrated, opened
from app.errors import Malformed, Refusal
from app.main import open_database
from app.settings import Settings
from app.store.clients import ClientRow, every
from app.store.database import Session

T = TypeVar("T")

clients = typer.Typer(help="Say which programs may sign in here.", no_args_is_help=True)
_told = Console(stderr=True, highlight=False)

ClientId = Annotated[str, typer.Argument(help="The client's id, such as harbour-befriending-app.")]
Keys = Annotated[
    Path | None, typer.Option(help="File of its public keys: a JWKS, a JWK, or one key in PEM.")
]
KeysUrl = Annotated[str | None, typer.Option(help="Where its public keys are, as https://….")]
NewKey = Annotated[
    Path | None, typer.Option(help="Make a pair, and write the private key to this new file.")
]


@clients.command()
def add(
    client_id: ClientId,
    organisation: Annotated[str, typer.Option(help="The id of its Organization in the record.")],
    name: Annotated[str, typer.Option(help="What it is, in a few words.")],
    contact: Annotated[str, typer.Option(help="Whom to write to, should anything be amiss.")],
    scope: Annotated[list[str], typer.Option(help="The most it may be granted: system/Goal.rs.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(registry.ROLES)}.")] = str(
        Role.SYSTEM
    ),
    keys: Keys = None,
    keys_url: KeysUrl = None,
    new_key: NewKey = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Register a program that may sign in, with its public keys, or with a new pair."""
    settings = _opened(data_dir, database_url)
    with _keys(keys, keys_url, new_key) as (jwks, url):
        asked = Registration(
            client_id, name, organisation, " ".join(scope), contact, role, jwks, url
        )
        added = _run(
            settings,
            lambda session: registry.add(session, asked, _by(), loopback=settings.loopback_keys),
        )
    _told.print(f"{added.client_id} may sign in, for {added.scopes}.", markup=False, soft_wrap=True)
    if new_key is not None:
        _tell_of_key(new_key, added.client_id)


@clients.command("list")
def list_all(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Show every client on a line: id, status, organisation, name."""
    for one in _run(_opened(data_dir, database_url), every):
        typer.echo(f"{one.client_id}\t{one.status}\t{one.organization}\t{one.name}")


@clients.command()
def show(client_id: ClientId, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Show one client, as JSON."""
    found = _run(_opened(data_dir, database_url), lambda session: registry.show(session, client_id))
    typer.echo(format(encode(registry.told(found)), indent=2).decode())


@clients.command()
def suspend(
    client_id: ClientId, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Let a client sign in no more, and take its tokens no more, until it is resumed."""
    _set_status(_opened(data_dir, database_url), client_id, Status.SUSPENDED)
    _told.print(
        f"{client_id} is suspended: from now on it is refused everywhere.",
        markup=False,
        soft_wrap=True,
    )


@clients.command()
def resume(client_id: ClientId, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Let a suspended client sign in again."""
    _set_status(_opened(data_dir, database_url), client_id, Status.ACTIVE)
    _told.print(f"{client_id} may sign in again.", markup=False, soft_wrap=True)


@clients.command()
def remove(client_id: ClientId, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Remove a client for good. Its id is not given again."""
    _set_status(_opened(data_dir, database_url), client_id, Status.REMOVED)
    _told.print(
        f"{client_id} is removed: from now on it is refused everywhere.",
        markup=False,
        soft_wrap=True,
    )


@clients.command("rotate-key")
def rotate_key(
    client_id: ClientId,
    keys: Keys = None,
    keys_url: KeysUrl = None,
    new_key: NewKey = None,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="With --new-key: the old key counts no more.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give a client other keys. A new pair stands beside the last one, unless that is dropped."""
    settings = _opened(data_dir, database_url)

    async def change(session: Session) -> ClientRow:
        given = jwks
        if new_key is not None and not drop_old:
            given = _beside(jwks, await registry.show(session, client_id))
        return await registry.set_keys(
            session, client_id, NewKeys(given, url), _by(), loopback=settings.loopback_keys
        )

    with _keys(keys, keys_url, new_key) as (jwks, url):
        changed = _run(settings, change)
    counting = ", ".join(registry.key_ids(changed)) or changed.jwks_url
    _told.print(f"{client_id} signs in by these keys now: {counting}", markup=False, soft_wrap=True)
    if new_key is not None:
        _tell_of_key(new_key, client_id)


def _opened(data_dir: Path | None, database_url: str | None) -> Settings:
    settings = opened(data_dir, database_url)
    migrated(settings)
    return settings


def _run(settings: Settings, work: Callable[[Session], Awaitable[T]]) -> T:
    async def with_session() -> T:
        database = await open_database(settings)
        try:
            return await work(database.session())
        finally:
            await database.close()

    return asyncio.run(with_session())


def _set_status(settings: Settings, client_id: str, status: Status) -> None:
    async def change(session: Session) -> None:
        await registry.set_status(session, client_id, status, _by())
        if status is not Status.ACTIVE:
            await asyncio.sleep(BINDS_AFTER_SECONDS)

    _run(settings, change)


def _by() -> str:
    """Who types this, as far as the machine knows."""
    return f"command line: {getpass.getuser()}"


@contextmanager
def _keys(
    keys: Path | None, url: str | None, new_key: Path | None
) -> Iterator[tuple[Raw, str | None]]:
    """The public keys, or where they are. A new private key is written first, and taken away again
    when its client is refused."""
    if sum(one is not None for one in (keys, url, new_key)) != 1:
        raise Malformed("Give one of --keys, --keys-url and --new-key.")
    if new_key is None:
        yield (Raw() if keys is None else _jwks_of(keys)), url
        return
    pair = client_keys.generate()
    private = json.dumps(pair.as_dict(private=True), indent=1).encode()
    key_file.write_new(new_key, private)
    try:
        yield _jwks([pair.as_dict(private=False)]), None
    except Refusal:
        new_key.unlink()
        raise


def _jwks_of(path: Path) -> Raw:
    """What the file holds, as a JSON Web Key Set; whether it is in order is seen later."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise Malformed(f"{path} cannot be read: {problem.strerror}.") from None
    if content.lstrip().startswith(b"{"):
        return Raw(content) if b'"keys"' in content else Raw(b'{"keys":[' + content + b"]}")
    if b"PRIVATE KEY" in content:
        raise Malformed(f"{path} holds a private key, which only its client may have.")
    for kind in (ECKey, RSAKey):
        try:
            key = kind.import_key(content)
        except (JoseError, ValueError, TypeError):
            continue
        key.ensure_kid()
        _told.print(
            f"The kid of this key is {key.kid}; assertions name it.", markup=False, soft_wrap=True
        )
        return _jwks([key.as_dict(private=False)])
    raise Malformed(f"{path} holds no public key, as a JWKS, a JWK or in PEM.")


def _jwks(keys: list[dict[str, str | list[str]]]) -> Raw:
    return Raw(json.dumps({"keys": keys}).encode())


def _beside(new: Raw, client: ClientRow) -> Raw:
    """The new key, and the newest of those that the client had."""
    had = json.loads(client.jwks)["keys"] if client.jwks else []
    return _jwks([*json.loads(bytes(new))["keys"], *had[:1]])


def _tell_of_key(path: Path, client_id: str) -> None:
    _told.print(
        f"Its private key is in {path}, which only you can read. Whoever has this file can sign in "
        f"as {client_id}: hand it over in person or by a way that nobody else reads, never by "
        "e-mail; have it kept where only that program reads it; then delete it here. This service "
        "keeps the public half alone, and cannot make the private one again.",
        markup=False,
        soft_wrap=True,
    )
