"""`whatmatters conformance server`: puts any FHIR R4 server to the requirements."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.conformance.bench import Target
from app.conformance.checks import requirements
from app.conformance.reports import badge, lines_of_many, write
from app.conformance.requirement import TITLE_BY_GROUP, Group, Requirement
from app.conformance.run import Report, Verdict, run
from app.conformance.server_account import account_of, entry_of
from app.conformance.sign_in import Client, sign_in
from app.conformance.unmet import Unmet
from app.conformance.verdict import MUST, Outcome
from app.errors import Malformed

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "fhir_profiles" / "examples" / "profiles"
SCOPE = "system/*.cruds"
READING_SCOPE = "system/*.rs"

conformance = typer.Typer(
    help="Prove that a server, or a client, speaks this record rightly.", no_args_is_help=True
)
_told = Console(stderr=True, highlight=False)

_STYLE_BY_OUTCOME = {
    Outcome.FAILED: "red",
    Outcome.NOT_OFFERED: "dim",
    Outcome.NOT_TRIED: "yellow",
}


@conformance.callback()
def conformance_callback() -> None:
    """Keeps `server` a command of its own, while it is the only one."""


@conformance.command()
def server(
    base_url: Annotated[str, typer.Argument(help="Its FHIR base: https://example.org/fhir")],
    token: Annotated[
        str | None, typer.Option(help="A bearer token that may read and write.")
    ] = None,
    client_id: Annotated[str | None, typer.Option(help="Sign in as this client.")] = None,
    private_key: Annotated[
        Path | None, typer.Option(help="The client's private key: a JWK or PEM file.")
    ] = None,
    other_token: Annotated[
        str | None, typer.Option(help="Of a caller who must not see the made-up person.")
    ] = None,
    person_token: Annotated[
        str | None, typer.Option(help="Of a person, who sees their own record only.")
    ] = None,
    reading_token: Annotated[
        str | None, typer.Option(help="Of a caller who may read and not write.")
    ] = None,
    notify_at: Annotated[
        str | None,
        typer.Option(help="Where the kit may listen for notifications: http://127.0.0.1:8200"),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help=f"A group ({', '.join(Group)}) or a check.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for the reports.")] = None,
) -> None:
    """Check what a FHIR R4 server does, with made-up people that are deleted again."""
    if not base_url.startswith(("http://", "https://")):
        raise Malformed(
            "The base URL starts with http:// or https://, as in https://example.org/fhir."
        )
    if notify_at is not None and not notify_at.startswith("http://"):
        raise Malformed("--notify-at starts with http://, as in http://127.0.0.1:8200.")
    if (client_id is None) != (private_key is None):
        raise Malformed("--client-id and --private-key go together.")
    if client_id is not None and private_key is not None:
        client = Client(client_id, private_key)
        token = token or _signed_in(base_url, client, SCOPE)
        reading_token = reading_token or _signed_in(base_url, client, READING_SCOPE)
    try:
        chosen = requirements(only or (), EXAMPLES)
    except LookupError as unknown:
        groups = ", ".join(Group)
        raise Malformed(
            f"--only {unknown.args[0]}: no group or check is called so. The groups are {groups}."
        ) from None
    target = Target(
        base_url.rstrip("/"), token, other_token, person_token, reading_token, notify_at
    )
    done = _with_progress(target, chosen)
    account = account_of(done)
    _tell(done)
    if report is not None:
        for path in write(account, report):
            _told.print(f"Written: {path}", markup=False, soft_wrap=True)
    typer.echo(badge(account))
    if not done.is_green:
        raise typer.Exit(1)


def _signed_in(base_url: str, client: Client, scope: str) -> str:
    try:
        return sign_in(base_url, client, scope)
    except Unmet as unmet:
        raise Malformed(str(unmet)) from None


def _with_progress(target: Target, chosen: list[Requirement]) -> Report:
    """Checks with a bar while there is somebody to look at it, and a line for each group done."""
    last_by_group = {one.group: one for one in chosen}
    count_by_outcome: Counter[Outcome] = Counter()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=_told,
        transient=True,
        disable=not _told.is_terminal,
    ) as progress:
        task = progress.add_task("Checking", total=len(chosen))

        def advance(verdict: Verdict, of: int) -> None:
            group = verdict.requirement.group
            progress.update(task, advance=1, total=of, description=TITLE_BY_GROUP[group])
            count_by_outcome[verdict.outcome] += 1
            if verdict.outcome is Outcome.FAILED:
                _print([verdict])
            if verdict.requirement is last_by_group[group]:
                counts = [f"{count_by_outcome[one]} {one}" for one in Outcome]
                told = ", ".join(one for one in counts if not one.startswith("0 "))
                _told.print(f"{TITLE_BY_GROUP[group]}: {told}", markup=False, soft_wrap=True)
                count_by_outcome.clear()

        return run(target, chosen, advance)


def _tell(report: Report) -> None:
    """What was not tried or is not offered, once; then what could not be deleted again."""
    for outcome in (Outcome.NOT_OFFERED, Outcome.NOT_TRIED):
        held = [one for one in report.verdicts if one.outcome is outcome]
        for alike in dict.fromkeys((one.requirement.group, one.reason) for one in held):
            _print([one for one in held if (one.requirement.group, one.reason) == alike])
    for place in report.left:
        _say(f"Could not be deleted again: {place}", "red")
    if cause := account_of(report).common_cause:
        _say(cause, "red")
    if untried := report.count(Outcome.NOT_TRIED, MUST):
        _say(
            f"Not green: {untried} MUST could not be tried. Give what they take, or leave them "
            "out: --only names the groups to try.",
            "yellow",
        )
    if not report.count(Outcome.PASSED, MUST):
        _say("No MUST was met, so nothing is proven.", "red")


def _say(text: str, style: str) -> None:
    """A sentence; a line is broken for a terminal alone."""
    _told.print(text, style=style, markup=False, soft_wrap=not _told.is_terminal)


def _print(alike: list[Verdict]) -> None:
    """What came out alike in one group, for one reason."""
    width = _told.width if _told.is_terminal else 0
    style = _STYLE_BY_OUTCOME[alike[0].outcome]
    entries = [entry_of(one) for one in alike]
    for line in lines_of_many(entries, width, alike[0].requirement.group):
        _told.print(line, style=style, markup=False, soft_wrap=True)
