"""What `serve --demo` shows: the addresses, how to get a token, and the lines to paste."""

from pathlib import Path
from shlex import quote

from app.access.demo import CLIENTS
from app.settings import Settings

PERSON = "tamsin-pender"
NHS_NUMBER = "9990000018"
SUPPORTER = "tamsin-pender-bessie"
MINT = ".venv/bin/whatmatters token"

_AS_TEXT = "-H 'Accept: text/plain'"
_LINE_END = "-w '\\n'"
_GOAL = '{"words": "I want to hear the sea from my own bed again", "began": "2026-11-22"}'


def tour(settings: Settings) -> str:
    """The tour, for the address this record is served at."""
    url, base, mint = settings.base_url.rstrip("/"), settings.fhir_base, _mint(settings)
    lines = "\n".join(pasted(settings))
    return f"""
What Matters is at {url}   (stop it with Ctrl-C; the database: make stop)

  Plain API   {url}/api   what it can do: {url}/api/docs and docs/api.md
  FHIR R4     {base}   what it can do: {base}/metadata
  Health      {url}/health/ready   figures: {url}/metrics

To sign in as somebody, get a token: {mint} WHO
where WHO is person:{NHS_NUMBER}, supporter:{SUPPORTER}, or one of
{", ".join(CLIENTS)}.

Open a second terminal in this folder, and paste these lines, one after the other:

{lines}
"""


def pasted(settings: Settings) -> tuple[str, ...]:
    """The lines to paste, each whole: a token, and five requests that tell one story."""
    mint = _mint(settings)
    person = f"{settings.base_url.rstrip('/')}/api/people/{PERSON}"
    surgery = 'curl -sS -H "Authorization: Bearer $TOKEN"'
    return (
        f"TOKEN=$({mint} gp-surgery)",
        f"{surgery} {_AS_TEXT} '{person}/what-matters'",
        f"{surgery} {_LINE_END} -H 'Content-Type: application/json' '{person}/goals' -d '{_GOAL}'",
        f"{_as(mint, 'harbour-befriending')} {_AS_TEXT} '{person}/what-matters'",
        f"{_as(mint, f'person:{NHS_NUMBER}')} {_AS_TEXT} '{person}/who-has-looked'",
        f"{surgery} '{settings.fhir_base}/Goal?patient=Patient/{PERSON}"
        "&_elements=description&_pretty=true'",
    )


def _mint(settings: Settings) -> str:
    """The command that prints a token; it names the data folder unless that is the usual one."""
    folder = settings.data_dir.absolute()
    if folder == Path("var").absolute():
        return MINT
    return f"{MINT} --data-dir {quote(str(folder))}"


def _as(mint: str, client: str) -> str:
    return f'curl -sS -H "Authorization: Bearer $({mint} {client})"'
