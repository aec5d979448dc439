"""Sets the stage: two records filled with made-up people, the services on them, and the bare
routes; and clears it away again."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time

from app.access.token_check import Verifier
from app.main import trusted_issuers
from app.settings import Settings
from app.store import embedded
from benchmarks import fill, sql
from benchmarks.servers import ROOT, Service

PEOPLE_IN_A_SMALL_RECORD = 200


@dataclass(frozen=True, slots=True)
class Stand:
    """One record: its folder, how its database is met, and the services on it by their workers."""

    data_dir: Path
    url: str
    service_by_workers: dict[int, Service]

    @property
    def fhir_base(self) -> str:
        """The address at which the first of its services is met."""
        return f"http://127.0.0.1:{self.service_by_workers[1].port}/fhir"

    def asker(self) -> sql.Asker:
        """The caller whose token the requests carry, as the service sees them."""
        service = self.service_by_workers[1]
        settings = Settings(
            base_url=self.fhir_base.removesuffix("/fhir"),
            data_dir=self.data_dir,
            demo=True,
            secret="made up",  # noqa: S106  (seals page tokens that nobody uses)
        )
        verifier = Verifier(trusted_issuers(settings), time)
        return sql.Asker(settings, verifier.verify(f"Bearer {service.token}".encode()))


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on the disk that the record would be kept on by default; it is gone afterwards."""
    var = ROOT / "var"
    var.mkdir(mode=0o700, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="bench-", dir=var))
    try:
        yield made
    finally:
        shutil.rmtree(made)


@contextmanager
def stand(
    folder: Path, name: str, people: int, workers: tuple[int, ...], told: Callable[[str], None]
) -> Iterator[Stand]:
    """A record of so many people with its services running; stopped and gone afterwards."""
    data_dir = folder / name
    with ExitStack() as ends:
        ends.callback(_clear, data_dir)
        services = {}
        for count in workers:
            services[count] = Service(data_dir, workers=count)
            ends.callback(services[count].stop)
        made = Stand(data_dir, embedded.start(data_dir).url, services)
        began = monotonic()
        fill.fill(made.url, made.fhir_base, people)
        told(f"The {name} record was filled with {people:,} people in {monotonic() - began:.0f} s.")
        yield made


def _clear(data_dir: Path) -> None:
    embedded.stop(data_dir)
    # A record that its database's account cannot reach lies elsewhere (app/store/embedded.py).
    shutil.rmtree((data_dir / "postgresql").resolve(), ignore_errors=True)
