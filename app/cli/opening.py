"""The record as a command opens it: the settings with its options laid over them, the database
started and brought up to date."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from alembic.config import Config

from alembic import command
from app.main import open_database
from app.settings import Settings
from app.store import embedded

ROOT = Path(__file__).resolve().parent.parent.parent

DataDir = Annotated[Path | None, typer.Option(help="Where the record is kept. Default: var/.")]
DatabaseUrl = Annotated[str | None, typer.Option(help="Your own PostgreSQL; default: embedded.")]


def opened(
    data_dir: Path | None, database_url: str | None, *, demo: bool = False, start: bool = True
) -> Settings:
    """The settings, with the options laid over them, and the embedded database started if it is
    meant."""
    settings = Settings()
    changed: dict[str, object] = {}
    if data_dir is not None:
        changed["data_dir"] = data_dir
    if database_url is not None:
        changed["database_url"] = database_url
    if demo:
        changed["demo"] = True
    settings = settings.model_copy(update=changed)
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    if settings.database_url is None and start:
        server = embedded.start(settings.data_dir)
        settings = settings.model_copy(update={"database_url": server.url})
    return settings


def migrated(settings: Settings) -> None:
    """Bring the tables up to this version, on a server that answers and is safe."""
    asyncio.run(_look_at_database(settings))
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("sqlalchemy.url", (settings.database_url or "").replace("%", "%%"))
    command.upgrade(config, "head")


async def _look_at_database(settings: Settings) -> None:
    database = await open_database(settings)
    await database.close()
