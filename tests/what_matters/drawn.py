"""Values for the shapes of the plain API, drawn from the shapes themselves."""

import types
from datetime import UTC
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.what_matters.mapping.kind import Kind
from app.what_matters.shapes.often import HOUR
from app.what_matters.shapes.words import Day, Moment, Who

Json = dict[str, Any]

_PATTERN_OF = {
    name: next(iter(get_args(one)[1].metadata)).pattern
    for name, one in (("day", Day), ("at", Moment))
}
_DAYS = st.dates().map(str)
_MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda one: one.isoformat(timespec="seconds"))
_HOURS = st.times().map(lambda one: one.isoformat(timespec="minutes"))
_LETTERS = st.characters(exclude_categories=("C", "Zl", "Zp"), exclude_characters="\u00a0")
WORDS = st.text(_LETTERS, min_size=1, max_size=20).filter(lambda one: one.strip() != "")
_IDS = st.text("abcxyzABC019-.", min_size=1, max_size=12)
# Of the codes of other standards that are told as they are.
_BY_NAME: Json = {
    "language": st.sampled_from(["en", "kw", "pl"]),
    "unit_code": st.sampled_from(["km", "s", "/d"]),
}
_PEOPLE = ("person", "supporter", "worker")
_WHO_BY_FIELD = {
    "organisation": ("organisation",),
    "on_behalf_of": ("organisation",),
    "to": ("organisation", "supporter", "team"),
    "with_whom": ("supporter", "worker", "worker-in-a-role"),
    "chosen_by": ("person", "supporter"),
    "ordered_by": ("person", "worker"),
}


def said(kind: Kind) -> st.SearchStrategy[Json]:
    """What may be said of one kind, field by field; not yet what its profile asks of all."""
    return _shape(kind.shape)


def _shape(shape: type[BaseModel]) -> st.SearchStrategy[Json]:
    needed: dict[str, st.SearchStrategy[Any]] = {}
    others: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in shape.model_fields.items():
        drawn = _value(field.annotation, field.metadata, name)
        (needed if field.is_required() else others)[name] = _BY_NAME.get(name, drawn)
    return st.fixed_dictionaries(needed, optional=others).filter(bool)


def _value(kind: Any, limits: list[Any], name: str) -> st.SearchStrategy[Any]:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _value(parts[0], _limits(parts[1:]) + limits, name)
    if origin in (Union, types.UnionType):
        return st.one_of(*(_value(one, limits, name) for one in parts if one is not type(None)))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is list:
        return st.lists(_value(parts[0], [], name), min_size=1, max_size=3, unique_by=repr)
    if kind is Who:
        return _who(_WHO_BY_FIELD.get(name, _PEOPLE))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _shape(kind)
    return _plain(kind, limits)


def _plain(kind: Any, limits: list[Any]) -> st.SearchStrategy[Any]:
    if kind is bool:
        return st.booleans()
    if kind is int:
        low = next((one.ge for one in limits if hasattr(one, "ge")), -999)
        high = next((one.le for one in limits if hasattr(one, "le")), 999)
        return st.integers(low, high)
    if kind is Decimal:
        return st.decimals(-999, 999, places=2)
    pattern = next((one.pattern for one in limits if hasattr(one, "pattern")), None)
    if pattern == _PATTERN_OF["day"]:
        return _DAYS
    if pattern == _PATTERN_OF["at"]:
        return _DAYS | _MOMENTS
    if pattern == HOUR:
        return _HOURS
    return _IDS if pattern and "A-Z" in pattern else WORDS


def _who(kinds: tuple[str, ...]) -> st.SearchStrategy[Json]:
    known = {"kind": st.sampled_from(kinds), "id": _IDS}
    return st.fixed_dictionaries(known, optional={"name": WORDS})


def _limits(parts: Any) -> list[Any]:
    return [
        limit for one in parts for limit in (one.metadata if isinstance(one, FieldInfo) else (one,))
    ]
