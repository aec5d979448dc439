"""The kit signs in at our own token endpoint as a client that was registered."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import cli
from app.errors import Malformed
from tests.conftest import Running, mint_token

CLIENT = "conformance-kit"


def typed(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.fixture(scope="module")
def private_key(service: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The private key of a client that was just registered, by the command line."""
    path = tmp_path_factory.mktemp("client") / "private.json"
    settings = service.settings
    added = typed(
        *("client", "add", CLIENT, "--organisation", "gp-surgery", "--name", "The kit"),
        *("--contact", "kit@surgery.example", "--scope", "system/*.cruds"),
        *("--new-key", str(path), "--database-url", str(settings.database_url)),
        *("--data-dir", str(settings.data_dir)),
    )
    assert added.exit_code == 0, added.output
    return path


def test_the_kit_is_green_for_a_client_that_signs_in(service: Running, private_key: Path) -> None:
    person = mint_token(service.settings, "person:tamsin-pender")
    done = typed(
        *("conformance", "server", service.settings.fhir_base),
        *("--client-id", CLIENT, "--private-key", str(private_key)),
        *("--other-token", person, "--person-token", person),
    )
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("what matters conformance: green · MUST ")
    assert done.stdout.endswith(" · 0 not tried\n")


def test_the_kit_says_why_a_client_got_no_token(service: Running, private_key: Path) -> None:
    done = typed(
        *("conformance", "server", service.settings.fhir_base, "--only", "versions"),
        *("--client-id", "somebody-else", "--private-key", str(private_key)),
    )
    assert isinstance(done.exception, Malformed)
    told = "The token endpoint gave no token; its status was 401 (invalid_client)."
    assert str(done.exception) == told
