from pathlib import Path

from benchmarks import report


def test_what_was_written_by_hand_stays_when_the_tables_are_written_again(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    report.write(path, "first figures")
    path.write_text(path.read_text() + "\nThe index is what limits it.\n")
    report.write(path, "second figures")
    text = path.read_text()
    assert "second figures" in text
    assert "first figures" not in text
    assert "The index is what limits it." in text
