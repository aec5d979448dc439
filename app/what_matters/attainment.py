"""Goal attainment scaling: five steps of a goal, the first score and later ones, and the T-score.

Method: Kiresuk & Sherman 1968, doi:10.1007/BF01530764. The codes are those of the guide to
Person-Centered Outcomes (https://hl7.org/fhir/us/pco/) and LOINC LL6900-6; codes and names from
before its first release are read, too (app/fhir/aliases.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite, sqrt
from types import MappingProxyType

from app.errors import Invalid, Issue
from app.fhir.aliases import read_codes, written_code
from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, node_at, nodes, text

LOINC = "http://loinc.org"
SCALING = "http://hl7.org/fhir/us/pco/StructureDefinition/pco-goal-attainment-scaling"
FIRST_SCORE = "112296-9"
LATER_SCORES = frozenset(("107334-5", "107333-7", "107331-1"))
# As the measure of a target it is current, though as the code of a first score it is old.
SCALE = "107332-9"

# LOINC LL6900-6. LA34482-2 is in no example of the guide, and what it means is not known here.
LEVEL_BY_CODE: Mapping[str, int] = MappingProxyType(
    {"LA34479-8": 2, "LA34480-6": 1, "LA34481-4": 0, "LA34483-0": -1, "LA34484-8": -2}
)
CODE_BY_LEVEL: Mapping[int, str] = MappingProxyType({n: c for c, n in LEVEL_BY_CODE.items()})
WORDS_BY_LEVEL: Mapping[int, str] = MappingProxyType(
    {
        2: "much better than I hoped",
        1: "better than I hoped",
        0: "what I hoped for",
        -1: "not quite what I hoped for yet",
        -2: "far from what I hoped for",
    }
)

# How alike the scores of one person's goals are taken to be.
_RHO = 0.3
_MEAN, _SPREAD = 50, 10


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five steps of a goal. level: -2 to +2, or None where it is not told."""

    level: int | None
    words: str


@dataclass(frozen=True, slots=True)
class ScaledGoal:
    """Where one goal stands. attainment: -2 to +2. weight: above 0; how much it matters times how
    hard it is, or 1 when all count the same."""

    attainment: int
    weight: float = 1.0


def steps_of(goal: Json) -> tuple[Step, ...]:
    """The steps of a Goal, the best first, those without a level last; () when it has none."""
    found = [_step(one) for one in nodes(goal, "extension") if _url(one) == SCALING]
    return tuple(sorted(found, key=lambda step: -9 if step.level is None else step.level)[::-1])


def is_scaled(goal: Json) -> bool:
    """Whether a Goal says it is scaled: by its steps, or by what its target measures."""
    is_measured = any(
        has_coding(target, "measure", LOINC, frozenset((SCALE,)))
        for target in nodes(goal, "target")
    )
    return is_measured or any(_url(one) == SCALING for one in nodes(goal, "extension"))


def is_first_score(observation: Json) -> bool:
    """Whether an Observation is a score from the start, under the code of today or the old one."""
    return has_coding(observation, "code", LOINC, frozenset(read_codes(LOINC, FIRST_SCORE)))


def is_score(observation: Json) -> bool:
    """Whether an Observation is a score on the five steps, the first or a later one."""
    return is_first_score(observation) or has_coding(observation, "code", LOINC, LATER_SCORES)


def level_of(observation: Json) -> int | None:
    """The step an Observation puts the person on, -2 to +2; None when it names none."""
    for coding in nodes(node_at(observation, "valueCodeableConcept"), "coding"):
        if coding.get("system") == LOINC and (text(coding, "code") or "") in LEVEL_BY_CODE:
            return LEVEL_BY_CODE[coding["code"]]
    return None


def is_achieved(level: int) -> bool:
    """Whether a later score reaches the goal: 0 is what was hoped for. Source: the PCO guide."""
    return level >= 0


def t_score(goals: Sequence[ScaledGoal]) -> float:
    """Goal attainment T-score: 50 is "as hoped for", 10 is one standard deviation.

    goals: at least one. Raises Invalid, with every fault, for none, for an attainment that is no
    whole number from -2 to +2, and for a weight that is not above 0.
    50 + 10 * sum(w * x) / sqrt((1 - rho) * sum(w ** 2) + rho * sum(w) ** 2), with rho = 0.3.
    Source: Kiresuk & Sherman 1968, doi:10.1007/BF01530764. The formulas printed in Turner-Stokes
    2009 on pages 364 and 367 are wrong; an erratum corrects them.
    """
    if faults := list(_faults(goals)):
        raise Invalid(faults)
    # Only how the weights compare counts, so the largest is made 1: no square can overflow.
    most = max(goal.weight for goal in goals)
    weights = [goal.weight / most for goal in goals]
    reached = fsum(w * goal.attainment for w, goal in zip(weights, goals, strict=True))
    squares, total = fsum(w * w for w in weights), fsum(weights)
    return _MEAN + _SPREAD * reached / sqrt((1 - _RHO) * squares + _RHO * total * total)


def t_change(before: Sequence[ScaledGoal], after: Sequence[ScaledGoal]) -> float:
    """How far the T-score moved between two times; above 0 is nearer to what was hoped for.

    before, after: the same goals in the same order, with the same weights, so that the change is
    theirs alone. Raises Invalid otherwise, and where `t_score` does.
    """
    if [goal.weight for goal in before] != [goal.weight for goal in after]:
        said = "Compare the same goals, in the same order, each with the same weight."
        raise Invalid([Issue("invariant", said, "goals")])
    return t_score(after) - t_score(before)


def _faults(goals: Sequence[ScaledGoal]) -> Iterator[Issue]:
    if not goals:
        yield Issue("required", "Give at least one goal that has a score.", "goals")
    for n, goal in enumerate(goals):
        if type(goal.attainment) is not int or not -2 <= goal.attainment <= 2:
            said = "Attainment is a whole number from -2 to 2."
            yield Issue("value", said, f"goals[{n}].attainment")
        if not (isfinite(goal.weight) and goal.weight > 0):
            yield Issue("value", "A weight is a number above 0.", f"goals[{n}].weight")


def _step(extension: Json) -> Step:
    parts = {written_code(SCALING, _url(one)): one for one in nodes(extension, "extension")}
    coding = node_at(parts.get("level", {}), "valueCoding")
    level = LEVEL_BY_CODE.get(text(coding, "code") or "") if coding.get("system") == LOINC else None
    return Step(level, text(parts.get("progressText", {}), "valueString") or "")


def _url(extension: Json) -> str:
    return text(extension, "url") or ""
