"""What was found in files, told in four forms: text for people, JSON, SARIF and JUnit for machines.

Spec: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. JUnit's XML has none; this
is the part of it that build servers agree on.
"""

import json
import os
import re
from collections.abc import Sequence
from enum import StrEnum
from importlib.metadata import version
from itertools import groupby
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from app.cli.validation import STDIN, Found, Judged, is_error

_SARIF = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_HOME = "https://whatmatters.example/"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Format(StrEnum):
    """How it is told."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


def report(judged: Sequence[Judged], format: Format, files: int) -> str:
    """The whole report, with a line end at its end. files: how many were read."""
    match format:
        case Format.TEXT:
            return _text(judged, files)
        case Format.JSON:
            return _json(judged, files)
        case Format.SARIF:
            return _sarif(judged)
        case Format.JUNIT:
            return _junit(judged)


def _text(judged: Sequence[Judged], files: int) -> str:
    lines = [_line(one, found) for one in judged for found in one.found]
    errors, warnings = _counts(judged)
    counted = f"{_many(files, 'file')}, {_many(len(judged), 'resource')}: "
    lines.append(counted + f"{_many(errors, 'error')}, {_many(warnings, 'warning')}.")
    return "\n".join(lines) + "\n"


def _line(one: Judged, found: Found) -> str:
    issue = found.issue
    level = "error" if is_error(issue) else issue.severity
    where = f"{_shown(one.file)}:{found.place.line}: {level}: {issue.expression or one.name}"
    return f"{where}: {issue.text}" + (f" [{issue.rule}]" if issue.rule else "")


def _json(judged: Sequence[Judged], files: int) -> str:
    errors, warnings = _counts(judged)
    issues = [
        {
            "file": _shown(one.file),
            "line": found.place.line,
            "column": found.place.column,
            "resource": one.name,
            "severity": found.issue.severity,
            "code": found.issue.code,
            "expression": found.issue.expression,
            "text": found.issue.text,
            "rule": found.issue.rule,
        }
        for one in judged
        for found in one.found
    ]
    told = {
        "files": files,
        "resources": len(judged),
        "errors": errors,
        "warnings": warnings,
        "issues": issues,
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _sarif(judged: Sequence[Judged]) -> str:
    rules = sorted({_rule(found) for one in judged for found in one.found})
    driver = {
        "name": "whatmatters validate",
        "version": version("whatmatters"),
        "informationUri": _HOME,
        "rules": [{"id": rule} for rule in rules],
    }
    results = [
        {
            "ruleId": _rule(found),
            "ruleIndex": rules.index(_rule(found)),
            "level": _level(found),
            "message": {"text": found.issue.text},
            "locations": [_location(one, found)],
        }
        for one in judged
        for found in one.found
    ]
    # Lines and columns are counted in characters here, as SARIF's default is not.
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _location(one: Judged, found: Found) -> dict[str, Any]:
    region = {"startLine": found.place.line, "startColumn": found.place.column}
    artifact = {
        "uri": "stdin" if one.file == STDIN else quote(os.fsencode(one.file.replace("\\", "/")))
    }
    return {
        "physicalLocation": {"artifactLocation": artifact, "region": region},
        "logicalLocations": [{"fullyQualifiedName": found.issue.expression or one.name}],
    }


def _level(found: Found) -> str:
    if is_error(found.issue):
        return "error"
    return "warning" if found.issue.severity == "warning" else "note"


def _rule(found: Found) -> str:
    return found.issue.rule or found.issue.code


def _junit(judged: Sequence[Judged]) -> str:
    root = ElementTree.Element("testsuites", name="whatmatters validate")
    for file, group in groupby(judged, lambda one: one.file):
        resources = list(group)
        failed = sum(not one.is_sound for one in resources)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=_xml(_shown(file)),
            tests=str(len(resources)),
            failures=str(failed),
            errors="0",
        )
        for one in resources:
            _case(suite, one)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, one: Judged) -> None:
    name = f"{one.name} (line {one.place.line})"
    case = ElementTree.SubElement(suite, "testcase", classname=_xml(_shown(one.file)), name=name)
    errors = [found for found in one.found if is_error(found.issue)]
    if errors:
        failure = ElementTree.SubElement(case, "failure", message=_xml(errors[0].issue.text))
        failure.text = _xml("\n".join(_line(one, found) for found in errors))
    others = [_line(one, found) for found in one.found if not is_error(found.issue)]
    if others:
        ElementTree.SubElement(case, "system-out").text = _xml("\n".join(others))


def _counts(judged: Sequence[Judged]) -> tuple[int, int]:
    """Errors and warnings."""
    issues = [found.issue for one in judged for found in one.found]
    errors = sum(map(is_error, issues))
    return errors, sum(issue.severity == "warning" for issue in issues)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _shown(file: str) -> str:
    """A file's name may hold anything; what would steer a terminal, or is no character, may not."""
    if file == STDIN:
        return "standard input"
    return "".join(one if one.isprintable() else "\ufffd" for one in file)


def _xml(text: str) -> str:
    """Without the characters that XML has no way to write."""
    return _NOT_XML.sub("\ufffd", text)
