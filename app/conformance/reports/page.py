"""A run as one HTML page for people. It loads nothing from anywhere."""

from html import escape

from app.conformance.reports.badge import badge
from app.conformance.requirement import GUIDE, MUST, TITLE_BY_GROUP, Group, Strength
from app.conformance.run import Outcome, Report, Verdict

_STYLE = """
:root { color-scheme: light dark; --line: #8888; --ok: #1a7f37; --bad: #c4201d; --off: #767676; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
.badge { font-weight: 600; padding: .6rem 1rem; border: 2px solid; border-radius: .4rem; }
.green, .passed { color: var(--ok); } .red, .failed { color: var(--bad); }
.not-offered, .not-tried { color: var(--off); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .5rem;
  border-bottom: 1px solid var(--line); }
td:first-child { white-space: nowrap; font-weight: 600; }
.why { display: block; } .clause { font-size: .85rem; }
details { margin: .3rem 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
""".strip()

_SIGN_BY_OUTCOME = {
    Outcome.PASSED: "✓ passed",
    Outcome.FAILED: "✗ failed",
    Outcome.NOT_OFFERED: "○ not offered",
    Outcome.NOT_TRIED: "? not tried",
}


def page(report: Report) -> str:
    """The page: the badge, what to put right first, then every requirement by its group."""
    title = f"Conformance of {escape(report.software or report.base_url)}"
    failed = [one for one in report.verdicts if one.outcome is Outcome.FAILED]
    parts = [
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{title}</h1>",
        f'<p class="badge {"green" if report.is_green else "red"}">{escape(badge(report))}</p>',
        f"<p>{escape(report.base_url)}, tried on "
        f"{report.began_at:%d %B %Y at %H:%M} UTC, in {report.seconds:.0f} seconds.</p>",
        *_left(report),
        *_summary(report),
    ]
    if failed:
        parts += ["<h2>To put right</h2>", *_table(sorted(failed, key=_weight))]
    untried = [
        one
        for one in report.verdicts
        if one.outcome is Outcome.NOT_TRIED and one.requirement.strength is MUST
    ]
    if untried:
        parts += ["<h2>Not tried, so not proven</h2>", *_table(untried)]
    for group in Group:
        held = [one for one in report.verdicts if one.requirement.group is group]
        if held:
            parts += [f"<h2>{escape(TITLE_BY_GROUP[group])}</h2>", *_table(held)]
    parts.append("</main></body></html>")
    return "\n".join(parts) + "\n"


def _left(report: Report) -> list[str]:
    if not report.left:
        return ["<p>Everything that was made for this was deleted again.</p>"]
    places = "".join(f"<li>{escape(one)}</li>" for one in report.left)
    return [f"<p>These could not be deleted again; please delete them:</p><ul>{places}</ul>"]


def _summary(report: Report) -> list[str]:
    heads = "".join(f'<th scope="col">{outcome}</th>' for outcome in Outcome)
    rows = [
        f'<tr><th scope="row">{strength}</th>'
        + "".join(f"<td>{report.count(outcome, strength)}</td>" for outcome in Outcome)
        + "</tr>"
        for strength in Strength
    ]
    return [f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>", *rows, "</tbody></table>"]


def _table(verdicts: list[Verdict]) -> list[str]:
    return ["<table><tbody>", *(_row(one) for one in verdicts), "</tbody></table>"]


def _row(verdict: Verdict) -> str:
    requirement = verdict.requirement
    shade = str(verdict.outcome).replace(" ", "-")
    why = f'<span class="why">{escape(verdict.reason)}</span>' if verdict.reason else ""
    return (
        f'<tr><td class="{shade}">{_SIGN_BY_OUTCOME[verdict.outcome]}</td>'
        f"<td>{requirement.strength}</td>"
        f"<td>{escape(requirement.name)}.{why}{_clause(requirement.clause)}{_said(verdict)}</td></tr>"
    )


def _clause(clause: str) -> str:
    # The guide's page lies in the project, not on the network, so only specifications are links.
    if clause.startswith(GUIDE):
        return f'<span class="why clause">{escape(clause)}</span>'
    return f'<span class="why clause"><a href="{escape(clause)}">{escape(clause)}</a></span>'


def _said(verdict: Verdict) -> str:
    if verdict.outcome is not Outcome.FAILED or not verdict.exchanges:
        return ""
    lines = "\n".join(f"{one.request}\n    → {one.answer}" for one in verdict.exchanges)
    return f"<details><summary>What was asked</summary><pre>{escape(lines)}</pre></details>"


def _weight(verdict: Verdict) -> int:
    return list(Strength).index(verdict.requirement.strength)
