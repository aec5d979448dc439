"""A run, told to people (HTML), to build servers (JUnit XML) and to FHIR tools (TestReport)."""

from pathlib import Path

from app.conformance.reports.badge import badge
from app.conformance.reports.fhir import test_report
from app.conformance.reports.junit import junit
from app.conformance.reports.page import page
from app.conformance.run import Report

__all__ = ["badge", "junit", "page", "test_report", "write"]


def write(report: Report, folder: Path) -> tuple[Path, ...]:
    """Writes report.html, junit.xml, TestReport.json and badge.txt; returns where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    text_by_name = {
        "report.html": page(report),
        "junit.xml": junit(report),
        "TestReport.json": test_report(report),
        "badge.txt": badge(report) + "\n",
    }
    for name, text in text_by_name.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tuple(folder / name for name in text_by_name)
