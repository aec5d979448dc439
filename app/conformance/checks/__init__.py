"""The table of requirements: one function each, named as the sentence it checks."""

from collections.abc import Iterable
from pathlib import Path

from app.conformance.checks import (
    bundles,
    choices,
    errors,
    notifications,
    privacy,
    profiles,
    rest,
    rest_conditional,
    rest_representation,
    search_links,
    search_results,
    search_unknown,
    search_values,
    security,
    versions,
)
from app.conformance.requirement import Group, Requirement

REQUIREMENTS: tuple[Requirement, ...] = (
    *rest.REQUIREMENTS,
    *rest_conditional.REQUIREMENTS,
    *rest_representation.REQUIREMENTS,
    *versions.REQUIREMENTS,
    *search_values.REQUIREMENTS,
    *search_links.REQUIREMENTS,
    *search_results.REQUIREMENTS,
    *search_unknown.REQUIREMENTS,
    *bundles.REQUIREMENTS,
    *errors.REQUIREMENTS,
    *security.REQUIREMENTS,
    *profiles.REQUIREMENTS,
    *privacy.REQUIREMENTS,
    *notifications.REQUIREMENTS,
    *choices.REQUIREMENTS,
)


_ORDER = list(Group)


def requirements(only: Iterable[str] = (), examples: Path | None = None) -> list[Requirement]:
    """The requirements that the words of `--only` mean, group by group; without words, all.

    examples: the folder of the profiles' examples, each of which has requirements of its own.
    Raises LookupError with a word that means nothing.
    """
    table = [*REQUIREMENTS, *profiles.requirements_of(examples)]
    table.sort(key=lambda one: _ORDER.index(one.group))
    words = list(only)
    for word in words:
        if not any(one.is_meant_by(word) for one in table):
            raise LookupError(word)
    return [one for one in table if not words or any(map(one.is_meant_by, words))]
