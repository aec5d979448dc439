"""The page is one that anybody can read; the other forms say the same of servers and clients."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from app.conformance.checks import requirements
from app.conformance.reports import Account, Entry, Section, badge, junit, page, text, tree
from app.conformance.reports.page import STYLE
from app.conformance.verdict import MAY, MUST, SHOULD, Outcome, Strength

LEAST_CONTRAST = 4.5  # https://www.w3.org/TR/WCAG22/#contrast-minimum
VOID = {"meta"}
SHADES = ("ink", "soft", "ok", "bad", "warn", "link")


def entry(strength: Strength, outcome: Outcome, id: str = "it_is_so") -> Entry:
    reason = "" if outcome is Outcome.PASSED else "It was <not> & so."
    return Entry(id, "It is so", strength, outcome, "https://hl7.org/fhir/R4/x.html", reason)


def account(*entries: Entry) -> Account:
    section = Section("rest", "REST basics", entries, "Do it.", ("GET Patient → 200",))
    outcomes = tuple(Outcome)
    return Account("conformance", "A server", datetime.now(UTC), 1.0, outcomes, (section,))


EVERY = account(*(entry(strength, outcome) for strength in Strength for outcome in Outcome))


class Outline(HTMLParser):
    """What stands where: headings, ids, links, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [found[name] for _, found in self.attributes if name in found]


@pytest.fixture(scope="module")
def outline() -> Outline:
    return Outline(page(EVERY))


def test_the_page_has_a_language_landmarks_and_one_first_heading(outline: Outline) -> None:
    assert outline.values("lang") == ["en-GB"]
    for landmark in ("header", "nav", "main", "h1", "title"):
        assert outline.tags.count(landmark) == 1
    assert [tag for tag in outline.tags if re.fullmatch(r"h[3-6]", tag)] == []


def test_every_link_inside_the_page_leads_somewhere(outline: Outline) -> None:
    ids = outline.values("id")
    assert len(ids) == len(set(ids))
    inside = [one.removeprefix("#") for one in outline.values("href") if one.startswith("#")]
    assert inside
    assert set(inside) <= set(ids)
    assert set(outline.values("aria-labelledby")) <= set(ids)


def test_every_head_of_a_table_says_what_it_is_the_head_of(outline: Outline) -> None:
    heads = [found.get("scope") for tag, found in outline.attributes if tag == "th"]
    assert set(heads) == {"col", "row"}
    assert "caption" in outline.tags


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", "raised"])
@pytest.mark.parametrize("shade", SHADES)
def test_words_stand_out_from_their_ground(scheme: int, ground: str, shade: str) -> None:
    found = re.findall(r"--(\w+): (#[0-9a-f]{6})", STYLE)
    colours = dict(found[: len(found) // 2] if scheme == 0 else found[len(found) // 2 :])
    low, high = sorted((_luminance(colours[ground]), _luminance(colours[shade])))
    assert (high + 0.05) / (low + 0.05) >= LEAST_CONTRAST


def _luminance(colour: str) -> float:
    """Spec: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_what_a_server_said_is_never_taken_for_html() -> None:
    shown = page(account(entry(MUST, Outcome.FAILED)))
    assert "It was &lt;not&gt; &amp; so." in shown
    assert "<not>" not in shown


def test_what_most_failures_come_from_is_told_once_at_the_top() -> None:
    failed = entry(MUST, Outcome.FAILED)
    told = account(*[failed] * 3, replace(failed, reason="Another."))
    assert told.common_cause == (
        "3 of 4 failures have one reason. Mend that first: It was <not> & so."
    )
    assert page(told).count("3 of 4 failures") == 1
    assert account(failed, failed, replace(failed, reason="Another.")).common_cause == ""


def test_a_may_is_shown_apart_and_never_to_be_put_right() -> None:
    shown = page(account(entry(MUST, Outcome.PASSED), entry(MAY, Outcome.FAILED, "free")))
    assert "To put right" not in shown
    before, _, free = shown.partition("Free choices (MAY)</h2>")
    assert "failed</span>" not in before
    assert "failed</span>" in free


@pytest.mark.parametrize("outcome", Outcome)
def test_a_may_never_decides(outcome: Outcome) -> None:
    told = account(entry(MUST, Outcome.PASSED), entry(MAY, outcome))
    assert told.is_green
    assert 'failures="0"' in junit(told)
    assert not account(entry(MAY, Outcome.PASSED)).is_green


def test_what_was_not_seen_counts_as_not_met() -> None:
    told = account(entry(MUST, Outcome.PASSED), entry(MUST, Outcome.NOT_SEEN))
    assert "red · MUST 1/2" in badge(told)
    assert 'failures="1"' in junit(told)
    assert "Not seen yet" in page(told)


def test_strengths_that_are_not_asked_with_are_not_counted() -> None:
    assert "MAY" not in badge(account(entry(MUST, Outcome.PASSED), entry(SHOULD, Outcome.PASSED)))


def test_lines_for_a_terminal_are_no_wider_than_it_and_break_no_address() -> None:
    reason = "It was otherwise than is asked, and this says so at some length. " * 3
    long = Entry("x", "It is so " * 15, MUST, Outcome.FAILED, f"https://{'x' * 90}", reason)
    lines = text(account(long), 80).splitlines()
    assert [one for one in lines if len(one) > 80 and "https://" not in one] == []
    assert f"      See {long.clause}" in lines
    assert any(line.count("It is so") == 15 for line in text(account(long), 0).splitlines())


def test_the_json_form_holds_what_the_page_holds() -> None:
    told = json.loads(json.dumps(tree(EVERY)))
    assert told["badge"] == badge(EVERY)
    [section] = told["sections"]
    assert len(section["checks"]) == len([*EVERY.entries])
    assert {one["outcome"] for one in section["checks"]} == set(Outcome)


def test_the_names_of_checks_are_written_as_the_field_writes_them() -> None:
    names = [one.name for one in requirements()]
    assert [one for one in names if re.search(r"\b(r4|json|etag|fhir|uri|uuid|s)\b", one)] == [
        "A transaction leads urn:uuid references to what was made",
        *(one for one in names if "person's" in one),
    ]
