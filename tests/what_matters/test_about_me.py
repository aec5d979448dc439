"""About Me as it stands: the newest of each part."""

from typing import Any

from app.what_matters.about_me import current

Json = dict[str, Any]


def part(section: str, day: str, hour: int = 9, status: str = "final") -> Json:
    return {
        "section": section,
        "effectiveDateTime": day,
        "meta": {"lastUpdated": f"2026-11-22T{hour:02}:00:00.000Z"},
        "status": status,
    }


def section_of(entry: Json) -> str | None:
    return entry.get("section")


def test_the_newest_of_each_part_is_told_in_the_order_of_the_standard() -> None:
    old, new = part("b", "2026-03-01"), part("b", "2026-05-01")
    other = part("a", "2025-01-01")
    for entries in ([old, new, other], [new, other, old]):
        assert current(entries, section_of, ("a", "b", "c")) == [other, new]


def test_of_two_parts_of_one_day_the_one_written_later_is_told() -> None:
    first, second = part("a", "2026-05-01", 9), part("a", "2026-05-01", 10)
    for entries in ([first, second], [second, first]):
        assert current(entries, section_of, ("a",)) == [second]


def test_a_mistake_and_what_is_no_part_are_passed_over() -> None:
    right, wrong = part("a", "2026-03-01"), part("a", "2026-05-01", status="entered-in-error")
    stray = {"status": "final"}
    assert current([right, wrong, stray], section_of, ("a",)) == [right]
