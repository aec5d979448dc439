"""What `serve --demo` shows: the addresses, how to get a token, and the lines to paste."""

from pathlib import Path
from shlex import quote

from app.access.demo import CLIENTS
from app.settings import Settings

PERSON = "tamsin-pender"
NHS_NUMBER = "9990000018"
MINT = ".venv/bin/whatmatters token"

_GOAL = (
    '{"resourceType":"Goal","lifecycleStatus":"active",'
    '"description":{"text":"I want to hear the sea from my own bed again"},'
    f'"subject":{{"reference":"Patient/{PERSON}"}},'
    f'"expressedBy":{{"reference":"Patient/{PERSON}"}},"startDate":"2026-11-22"}}'
)


def tour(settings: Settings) -> str:
    """The tour, for the address this record is served at."""
    url, base, mint = settings.base_url, settings.fhir_base, _mint(settings)
    lines = "\n".join(pasted(settings))
    return f"""
What Matters is at {url}   (stop it with Ctrl-C; the database: make stop)

  FHIR R4   {base}   what it can do: {base}/metadata
  Health    {url}/health/ready   figures: {url}/metrics

To sign in as somebody, get a token: {mint} WHO
where WHO is person:{NHS_NUMBER}, or one of
{", ".join(CLIENTS)}.

Open a second terminal in this folder, and paste these lines, one after the other:

{lines}
"""


def pasted(settings: Settings) -> tuple[str, ...]:
    """The lines to paste, each whole: a token, and five requests that tell one story."""
    base, about, mint = settings.fhir_base, f"patient=Patient/{PERSON}", _mint(settings)
    surgery = 'curl -sS -H "Authorization: Bearer $TOKEN"'
    return (
        f"TOKEN=$({mint} gp-surgery)",
        f"{surgery} '{base}/Patient?identifier={NHS_NUMBER}&_pretty=true'",
        f"{surgery} '{base}/Goal?{about}&_elements=description&_pretty=true'",
        f"{surgery} -H 'Content-Type: application/fhir+json' '{base}/Goal?_pretty=true'"
        f" -d '{_GOAL}'",
        f"{_as(mint, 'harbour-befriending')} "
        f"'{base}/Goal?{about}&start-date=ge2026-06&_revinclude=Observation:focus"
        "&_elements=description,value,note&_pretty=true'",
        f"{_as(mint, f'person:{NHS_NUMBER}')} "
        f"'{base}/AuditEvent?{about}&_sort=-date&_count=2&_elements=recorded&_pretty=true'",
    )


def _mint(settings: Settings) -> str:
    """The command that prints a token; it names the data folder unless that is the usual one."""
    folder = settings.data_dir.absolute()
    if folder == Path("var").absolute():
        return MINT
    return f"{MINT} --data-dir {quote(str(folder))}"


def _as(mint: str, client: str) -> str:
    return f'curl -sS -H "Authorization: Bearer $({mint} {client})"'
