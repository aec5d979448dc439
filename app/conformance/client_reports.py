"""What came of a client's scenarios, told to people (a table, a page) and to machines (JSON, JUnit
XML, a FHIR TestReport). Nothing that a person said is repeated, and no token.

Spec: https://hl7.org/fhir/R4/testreport.html
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.conformance.client_judgement import Judgement, Level, State, is_green
from app.conformance.client_trace import Exchange
from app.fhir.resource_types import Json

_SIGNS = {State.PASSED: "✓", State.FAILED: "✗", State.NOT_SEEN: "?"}
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8888; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .5rem;
  border-bottom: 1px solid #8888; }
td:first-child { white-space: nowrap; font-weight: 600; }
.passed { color: #1a7f37; } .failed { color: #c4201d; } .not-seen { color: #767676; }
.why { display: block; } .clause { font-size: .85rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
""".strip()


@dataclass(frozen=True, slots=True)
class Told:
    """One scenario, with what was said of it and what was sent in it."""

    title: str
    ask: str
    judgements: Sequence[Judgement]
    exchanges: Sequence[Exchange]

    @property
    def name(self) -> str:
        return self.judgements[0].scenario


def badge(told: Sequence[Told]) -> str:
    """The run in one line: "what matters client: green · MUST 30/30 · SHOULD 2/2"."""
    judgements = _all(told)
    counts = []
    for level in Level:
        held = [one for one in judgements if one.requirement.level is level]
        passed = sum(one.verdict.state is State.PASSED for one in held)
        counts.append(f"{level} {passed}/{len(held)}")
    colour = "green" if is_green(judgements) else "red"
    return f"what matters client: {colour} · {' · '.join(counts)}"


def table(told: Sequence[Told]) -> str:
    """The judgements, for a terminal."""
    lines: list[str] = []
    for one in told:
        lines += ["", one.title]
        for judgement in one.judgements:
            requirement, verdict = judgement.requirement, judgement.verdict
            lines.append(f"  {_SIGNS[verdict.state]} {requirement.level:6} {requirement.sentence}")
            if verdict.state is not State.PASSED:
                lines.append(f"           {verdict.state}: {verdict.why}")
                lines.append(f"           See {requirement.clause}")
    return "\n".join([*lines, "", badge(told)]) + "\n"


def result_tree(told: Sequence[Told]) -> Json:
    """The same for machines, with what was sent."""
    scenarios = [
        {
            "name": one.name,
            "title": one.title,
            "green": is_green(one.judgements),
            "judgements": [_judgement_tree(judgement) for judgement in one.judgements],
            "exchanges": [_line(exchange) for exchange in one.exchanges],
        }
        for one in told
    ]
    return {"green": is_green(_all(told)), "badge": badge(told), "scenarios": scenarios}


def page(told: Sequence[Told]) -> str:
    """One HTML page that loads nothing from anywhere."""
    title = "What Matters client sandbox"
    parts = [
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{title}</h1><p><strong>{escape(badge(told))}</strong></p>",
    ]
    for one in told:
        parts += [f"<h2>{escape(one.title)}</h2><p>{escape(one.ask)}</p><table><tbody>"]
        parts += [_row(judgement) for judgement in one.judgements]
        parts.append("</tbody></table>")
        if one.exchanges:
            sent = "\n".join(map(_line, one.exchanges))
            parts.append(
                f"<details><summary>What was sent</summary><pre>{escape(sent)}</pre></details>"
            )
    parts.append("</main></body></html>")
    return "\n".join(parts) + "\n"


def junit(told: Sequence[Told]) -> str:
    """JUnit XML: a suite for each scenario; only a MUST that did not pass is a failure."""
    root = Element("testsuites", name="what matters client")
    for one in told:
        failures = sum(_fails(judgement) for judgement in one.judgements)
        suite = SubElement(
            root,
            "testsuite",
            name=one.name,
            tests=str(len(one.judgements)),
            failures=str(failures),
            errors="0",
        )
        for judgement in one.judgements:
            _case(suite, judgement)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def test_report(told: Sequence[Told]) -> str:
    """A FHIR TestReport: a test for each judgement."""
    judgements = _all(told)
    passed = sum(one.verdict.state is State.PASSED for one in judgements)
    report: Json = {
        "resourceType": "TestReport",
        "name": badge(told),
        "status": "completed",
        "testScript": {"display": "The What Matters client sandbox"},
        "result": "pass" if is_green(judgements) else "fail",
        "score": round(100 * passed / len(judgements), 1),
        "tester": "whatmatters conformance client",
        "issued": datetime.now(UTC).isoformat(timespec="seconds"),
        "test": [_test(one) for one in judgements],
    }
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def write(told: Sequence[Told], folder: Path) -> tuple[Path, ...]:
    """Writes report.html, report.json, junit.xml and TestReport.json; returns where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    text_by_name = {
        "report.html": page(told),
        "report.json": json.dumps(result_tree(told), ensure_ascii=False, indent=2) + "\n",
        "junit.xml": junit(told),
        "TestReport.json": test_report(told),
    }
    for name, text in text_by_name.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tuple(folder / name for name in text_by_name)


def _all(told: Sequence[Told]) -> list[Judgement]:
    return [judgement for one in told for judgement in one.judgements]


def _judgement_tree(one: Judgement) -> Json:
    return {
        "id": one.requirement.id,
        "sentence": one.requirement.sentence,
        "level": one.requirement.level,
        "clause": one.requirement.clause,
        "state": one.verdict.state,
        "why": one.verdict.why,
    }


def _line(one: Exchange) -> str:
    """What was sent, without its query: that may hold a number of a person, or a token."""
    asked = f"{one.request.method} {quote(one.request.path)}{'?…' if one.request.query else ''}"
    note = f" ({one.reply.note})" if one.reply.note else ""
    return f"{one.seconds:7.2f} s  {asked} → {one.reply.status}{note}"


def _row(one: Judgement) -> str:
    verdict, requirement = one.verdict, one.requirement
    state = verdict.state.replace(" ", "-")
    why = f'<span class="why">{escape(verdict.why)}</span>' if verdict.why else ""
    clause = escape(requirement.clause)
    if clause.startswith("https://"):
        clause = f'<a href="{clause}">{clause}</a>'
    return (
        f'<tr><td class="{state}">{_SIGNS[verdict.state]} {verdict.state}</td>'
        f"<td>{requirement.level}</td>"
        f'<td>{escape(requirement.sentence)}{why} <span class="clause">{clause}</span></td></tr>'
    )


def _fails(one: Judgement) -> bool:
    return one.requirement.level is Level.MUST and one.verdict.state is not State.PASSED


def _case(suite: Element, one: Judgement) -> None:
    requirement, verdict = one.requirement, one.verdict
    name = f"{requirement.level}: {requirement.sentence}"
    case = SubElement(suite, "testcase", classname=f"client.{one.scenario}", name=name)
    if verdict.state is State.PASSED:
        return
    said = f"{verdict.state}: {verdict.why}"
    if _fails(one):
        SubElement(case, "failure", message=said).text = f"See {requirement.clause}"
    else:
        SubElement(case, "skipped", message=said)


def _test(one: Judgement) -> Json:
    requirement, verdict = one.requirement, one.verdict
    result = "pass"
    if verdict.state is not State.PASSED:
        result = "fail" if _fails(one) else "warning"
    said: Json = {"result": result, "detail": requirement.clause}
    if verdict.why:
        said["message"] = f"{verdict.state}: {verdict.why}"
    return {
        "name": requirement.id,
        "description": f"{one.scenario} · {requirement.level}: {requirement.sentence}",
        "action": [{"assert": said}],
    }
