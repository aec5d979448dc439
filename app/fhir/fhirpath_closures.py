"""The plain part of FHIRPath as closures: a few microseconds where the library takes fifty.

Spec: http://hl7.org/fhirpath/N1/
A closure gets the focus, a list, and the (resource, root resource), and gives a list. Where the
answer would need types that JSON does not show (dates, quantities), it raises NotPlain, and the
library is asked. tests/fhir/test_fhirpath.py holds the two against each other. They part in one
thing: a primitive with extensions is one node here, as the specification says, and two there.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from app.fhir.bare import BARE
from app.fhir.fhirpath_parse import NotPlain, Tree, parsed
from app.fhir.fhirpath_steps import choice_step, choices_by_name, plain_step

Known: TypeAlias = tuple[Any, Any]
Path: TypeAlias = Callable[[list[Any], Known], list[Any]]

_TRUE, _FALSE = [True], [False]
_SINGLE = {str, bool, int, Decimal, msgspec.Raw}
_LIKE_A_DATE = re.compile(r"@?T?[0-9]{2}(?:[0-9]{2}(?:-|$)|:)")


def compiled(expression: str) -> Path:
    """The expression as a closure. Raises NotPlain, as the closure itself may."""
    return _path(parsed(expression))


def _path(tree: Tree) -> Path:
    kind = tree[0]
    if kind == "this":
        return lambda focus, known: focus
    if kind == "literal":
        constant = [tree[1]]
        return lambda focus, known: constant
    if kind == "variable":
        return _variable(tree[1])
    if kind == "name":
        return _named(tree)
    if kind == "item":
        inner, n = _path(tree[1]), tree[2]
        return lambda focus, known: inner(focus, known)[n : n + 1]
    if kind == "operator":
        return _OPERATORS[tree[1]](tree[2], tree[3])
    return _call(tree)


def _variable(name: str) -> Path:
    if name == "%resource":
        return lambda focus, known: [known[0]]
    if name == "%rootResource":
        return lambda focus, known: [known[1]]
    raise NotPlain


def _named(tree: Tree) -> Path:
    _, on, name = tree
    if name[0].isupper():
        if on != ("this",):
            raise NotPlain
        return lambda focus, known: [one for one in focus if _is_of(one, name)]
    inner = None if on == ("this",) else _path(on)
    choices = choices_by_name().get(name)
    step = plain_step(name) if choices is None else choice_step(name, choices)
    if inner is None:
        return lambda focus, known: step(focus)
    return lambda focus, known: step(inner(focus, known))


def _is_of(one: Any, name: str) -> bool:
    if type(one) is not dict or "resourceType" not in one:
        raise NotPlain
    return bool(one["resourceType"] == name)


def _call(tree: Tree) -> Path:
    _, on, name, arguments = tree
    inner = _path(on)
    if name in _BY_COUNT and not arguments:
        tell = _BY_COUNT[name]
        return lambda focus, known: [tell(inner(focus, known))]
    if name in _BY_ITEM and len(arguments) == 1:
        return _BY_ITEM[name](inner, _path(arguments[0]))
    if name == "not" and not arguments:
        return lambda focus, known: (
            [not truth] if (truth := _truth(inner(focus, known))) is not None else []
        )
    if name == "first" and not arguments:
        return lambda focus, known: inner(focus, known)[:1]
    if name in ("matches", "startsWith") and len(arguments) == 1 and arguments[0][0] == "literal":
        return _text_test(inner, name, arguments[0][1])
    raise NotPlain


def _is_distinct(items: list[Any]) -> bool:
    """Of texts alone: what makes other values equal is the library's to say. Of what has no value
    nobody can say that it differs."""
    if BARE in items:
        return False
    if any(type(item) is not str for item in items):
        raise NotPlain
    return len(set(items)) == len(items)


def _has_value(items: list[Any]) -> bool:
    """R4's own function: https://hl7.org/fhir/R4/fhirpath.html#functions"""
    return len(items) == 1 and items[0] is not BARE and type(items[0]) is not dict


_BY_COUNT: dict[str, Callable[[list[Any]], Any]] = {
    "exists": lambda items: len(items) > 0,
    "empty": lambda items: len(items) == 0,
    "count": len,
    "isDistinct": _is_distinct,
    "hasValue": _has_value,
}


def _where(inner: Path, criterion: Path) -> Path:
    return lambda focus, known: [
        one for one in inner(focus, known) if _truth(criterion([one], known)) is True
    ]


def _exists(inner: Path, criterion: Path) -> Path:
    chosen = _where(inner, criterion)
    return lambda focus, known: [len(chosen(focus, known)) > 0]


def _all(inner: Path, criterion: Path) -> Path:
    return lambda focus, known: [
        all(_truth(criterion([one], known)) is True for one in inner(focus, known))
    ]


_BY_ITEM = {"where": _where, "exists": _exists, "all": _all}


def _text_test(inner: Path, name: str, wanted: Any) -> Path:
    if type(wanted) is not str or not wanted:
        raise NotPlain
    if name == "matches":
        search = re.compile(wanted, re.DOTALL).search
        holds: Callable[[str], bool] = lambda text: search(text) is not None  # noqa: E731
    else:
        holds = lambda text: text.startswith(wanted)  # noqa: E731

    def test(focus: list[Any], known: Known) -> list[Any]:
        items = inner(focus, known)
        if not items:
            return []
        if len(items) == 1 and items[0] is BARE:
            return [False]
        if len(items) > 1 or type(items[0]) is not str:
            raise NotPlain
        return [holds(items[0])]

    return test


def _truth(items: list[Any]) -> bool | None:
    if not items:
        return None
    if len(items) > 1 or type(items[0]) is not bool:
        raise NotPlain
    return items[0]


def _negated(items: list[Any]) -> list[Any]:
    truth = _truth(items)
    return [] if truth is None else [not truth]


def _and(left: Tree, right: Tree) -> Path:
    first, second = _path(left), _path(right)

    def holds(focus: list[Any], known: Known) -> list[Any]:
        one = _truth(first(focus, known))
        if one is False:
            return _FALSE
        other = _truth(second(focus, known))
        if other is False:
            return _FALSE
        return _TRUE if one and other else []

    return holds


def _or(left: Tree, right: Tree) -> Path:
    return _either(left, right, enough=True)


def _implies(left: Tree, right: Tree) -> Path:
    return _either(left, right, enough=False)


def _either(left: Tree, right: Tree, *, enough: bool) -> Path:
    """True at once when the left is `enough`, and else when the right is true."""
    first, second = _path(left), _path(right)

    def holds(focus: list[Any], known: Known) -> list[Any]:
        one = _truth(first(focus, known))
        if one is enough:
            return _TRUE
        other = _truth(second(focus, known))
        if other is True:
            return _TRUE
        return [] if one is None or other is None else _FALSE

    return holds


def _equal(left: Tree, right: Tree) -> Path:
    first, second = _path(left), _path(right)

    def equal(focus: list[Any], known: Known) -> list[Any]:
        some, others = first(focus, known), second(focus, known)
        if not some or not others:
            return []
        if len(some) > 1 or len(others) > 1:
            raise NotPlain
        return [_is_same(some[0], others[0])]

    return equal


def _unequal(left: Tree, right: Tree) -> Path:
    equal = _equal(left, right)
    return lambda focus, known: [not one for one in equal(focus, known)]


def _in(left: Tree, right: Tree) -> Path:
    first, second = _path(left), _path(right)

    def inside(focus: list[Any], known: Known) -> list[Any]:
        some = first(focus, known)
        if not some:
            return []
        if len(some) > 1:
            raise NotPlain
        return [any(_is_same(some[0], one) for one in second(focus, known))]

    return inside


def _contains(left: Tree, right: Tree) -> Path:
    return _in(right, left)


def _union(left: Tree, right: Tree) -> Path:
    first, second = _path(left), _path(right)

    def union(focus: list[Any], known: Known) -> list[Any]:
        found: list[Any] = []
        for one in (*first(focus, known), *second(focus, known)):
            if type(one) is not str:
                raise NotPlain
            if one not in found:
                found.append(one)
        return found

    if left[0] == "literal" and right[0] == "literal":
        constant = union([], (None, None))
        return lambda focus, known: constant
    return union


def _ordered(sign: str) -> Callable[[Tree, Tree], Path]:
    holds = {
        "<": Decimal.__lt__, ">": Decimal.__gt__, "<=": Decimal.__le__, ">=": Decimal.__ge__,
    }[sign]  # fmt: skip

    def compare(left: Tree, right: Tree) -> Path:
        first, second = _path(left), _path(right)

        def ordered(focus: list[Any], known: Known) -> list[Any]:
            some, others = first(focus, known), second(focus, known)
            if not some or not others:
                return []
            if len(some) > 1 or len(others) > 1:
                raise NotPlain
            return [holds(_number(some[0]), _number(others[0]))]

        return ordered

    return compare


def _xor(left: Tree, right: Tree) -> Path:
    first, second = _path(left), _path(right)

    def holds(focus: list[Any], known: Known) -> list[Any]:
        one, other = _truth(first(focus, known)), _truth(second(focus, known))
        return [] if one is None or other is None else [one is not other]

    return holds


_OPERATORS: dict[str, Callable[[Tree, Tree], Path]] = {
    "and": _and, "or": _or, "xor": _xor, "implies": _implies, "=": _equal, "!=": _unequal,
    "in": _in, "contains": _contains, "|": _union,
    **{sign: _ordered(sign) for sign in ("<", ">", "<=", ">=")},
}  # fmt: skip


def _is_same(one: Any, other: Any) -> bool:
    kind, other_kind = type(one), type(other)
    if one is BARE or other is BARE:
        return False
    if kind is str and other_kind is str:
        if one == other:
            return True
        if _LIKE_A_DATE.match(one) and _LIKE_A_DATE.match(other):
            raise NotPlain  # two ways to write one moment
        return False
    if kind is bool and other_kind is bool:
        return bool(one == other)
    if str in (kind, other_kind) and _SINGLE.issuperset((kind, other_kind)):
        return False  # a text is never a number, whatever it says
    return _number(one) == _number(other)


def _number(value: Any) -> Decimal:
    if type(value) is int:
        return Decimal(value)
    if type(value) is Decimal:
        return value
    if type(value) is msgspec.Raw:
        return Decimal(bytes(value).decode())
    raise NotPlain
