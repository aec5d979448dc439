"""A run, told to people (HTML, text) and to machines (JUnit XML, a FHIR TestReport, JSON).

Servers and clients are told of alike: both are an Account.
"""

import json
from pathlib import Path

from app.conformance.reports.account import Account, Entry, Section
from app.conformance.reports.badge import badge
from app.conformance.reports.fhir import test_report
from app.conformance.reports.junit import junit
from app.conformance.reports.page import page
from app.conformance.reports.text import broken, lines_of, lines_of_many, text
from app.conformance.reports.tree import tree

__all__ = [
    "Account",
    "Entry",
    "Section",
    "badge",
    "broken",
    "junit",
    "lines_of",
    "lines_of_many",
    "page",
    "test_report",
    "text",
    "tree",
    "write",
]


def write(account: Account, folder: Path) -> tuple[Path, ...]:
    """Writes report.html, report.json, junit.xml, TestReport.json and badge.txt; returns where
    they are."""
    folder.mkdir(parents=True, exist_ok=True)
    text_by_name = {
        "report.html": page(account),
        "report.json": json.dumps(tree(account), ensure_ascii=False, indent=2) + "\n",
        "junit.xml": junit(account),
        "TestReport.json": test_report(account),
        "badge.txt": badge(account) + "\n",
    }
    for name, content in text_by_name.items():
        (folder / name).write_text(content, encoding="utf-8")
    return tuple(folder / name for name in text_by_name)
