"""The service with what protects the person left out, to find what that costs. It is started by
`benchmarks.cost` alone, on a record of made-up people, and served as `whatmatters serve` does.

sys.argv: the port, then what is left out: `access` (relationship, consent and labels), `audit`.
"""

import sys
from collections.abc import Callable

import uvicorn
from msgspec.structs import replace

from app.access import decision
from app.interactions import read, visit
from app.interactions.visit import Visit
from app.main import create_app
from app.store.permit import Permit
from app.store.resources import Row, Wanted


def main() -> None:
    """Leave out what is named, and serve."""
    port, *left_out = sys.argv[1:]
    if "access" in left_out:
        decision._permit = _open_to_all(decision._permit)
    if "audit" in left_out:
        visit.audit_rows = _no_rows
        read._view = _unaudited
    uvicorn.run(
        create_app(),
        http="app.endpoints.http_head:HeadProtocol",
        port=int(port),
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
        server_header=False,
    )


def _open_to_all(permit_of: Callable[..., Permit]) -> Callable[..., Permit]:
    def permit(*arguments: object) -> Permit:
        return replace(permit_of(*arguments), party=None, hidden=0)

    return permit


def _no_rows(*_: object, **__: object) -> tuple[()]:
    return ()


async def _unaudited(visit: Visit, place: Wanted) -> Row | None:
    return await visit.unit.read(visit.permit, place)


if __name__ == "__main__":
    main()
