"""Every kind of entry that the plain API has."""

from app.what_matters.mapping.kind import Kind
from app.what_matters.shapes.goals import GOALS

KINDS: tuple[Kind, ...] = (GOALS,)
