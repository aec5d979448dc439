"""To come."""

from pathlib import Path

from app.conformance.requirement import Requirement

REQUIREMENTS: tuple[Requirement, ...] = ()


def requirements_of(examples: Path | None) -> tuple[Requirement, ...]:
    """None yet."""
    return ()
