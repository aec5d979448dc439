"""A kind of entry: which resources are of it, and how one is shown, made and changed.

What a resource holds beyond the words of its kind is told beside them, as `also`, and stays when
the entry is changed: nothing that another system wrote is lost.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from app.errors import Issue
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text
from app.what_matters.language import Say, in_english
from app.what_matters.mapping.parts import Part
from app.what_matters.mapping.who import KIND_BY_TYPE

_SETS = ("extension", "category")  # of elements whose order says nothing
_NOWHERE = "There is nothing here with this id that you may see. Check it, or add that first."
_LEFT_OUT = ("resourceType", "id")


def every_one(_: Json) -> bool:
    """Of a kind that all resources of its type are of."""
    return True


def as_it_is(tree: Json) -> Json:
    """Of a kind of which nothing follows."""
    return tree


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Kind:
    """name: of many, as in addresses ("goals"). one: of one ("goal"). shape: what may be said.
    type: of the resources. claim: the profile that one claims by what it holds, None where there
    is none. person: the element that names whose they are. base: what all of them hold. query:
    what finds them among a person's resources of the type, in their order. is_one: whether a
    resource of the type is of this kind. rules: of the rules that profiles have for it, by key: the
    field ("things.*" is each of them), and the rule in plain words, or "" where it is told in such
    already. by_person: fields that are the person where nobody is named. at: the field that is the
    present where no moment is named. begun: a new resource, with what follows from what it says
    where that is not said. beside: what is told of one besides what may be said, by name: its type,
    and what tells it. in_words: what tells one as a sentence, in a language; None where nothing
    does."""

    name: str
    one: str
    shape: type[BaseModel]
    type: str
    claim: Callable[[Json], str | None]
    base: Json
    query: str = ""
    person: str = "subject"
    is_one: Callable[[Json], bool] = every_one
    rules: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    by_person: tuple[str, ...] = ()
    at: str | None = None
    begun: Callable[[Json], Json] = as_it_is
    beside: Mapping[str, tuple[Any, Callable[[Json], Any]]] = field(default_factory=dict)
    in_words: Callable[[Json, Say], str | None] | None = None

    @property
    def parts(self) -> Mapping[str, Part]:
        """The part of the resource that each field is."""
        return parts_of(self.shape)


@cache
def parts_of(shape: type[BaseModel]) -> Mapping[str, Part]:
    """The part beside each field of a shape that has one."""
    return {
        name: part
        for name, one in shape.model_fields.items()
        for part in one.metadata
        if isinstance(part, Part)
    }


def shown(kind: Kind, tree: Json, say: Say = in_english) -> Json:
    """What a resource says, in the words of its kind; `also` is whatever else it holds. say: the
    language of a sentence that tells it."""
    told: Json = {}
    rest = {name: value for name, value in tree.items() if name not in _LEFT_OUT}
    rest.pop(kind.person, None)
    for name, part in kind.parts.items():
        value = read(kind.shape, name, part, tree)
        if value is None:
            continue
        told[name] = value
        without = dict(rest)
        part.write(without, None)
        again = dict(without)
        part.write(again, value)
        if _restored(again, rest):
            rest = without
    for name, (_, tell) in kind.beside.items():
        if (value := tell(tree)) is not None:
            told[name] = value
    if kind.in_words is not None and (sentence := kind.in_words(tree, say)) is not None:
        told["in_words"] = sentence
    also = _beyond(rest, kind, tree)
    return {**told, "also": also} if also else told


def _restored(again: Json, rest: Json) -> bool:
    """Whether the same is said as before; only what was touched is looked at."""
    return again.keys() == rest.keys() and all(
        again[name] == value or same({name: again[name]}, {name: value})
        for name, value in rest.items()
    )


def read(shape: type[BaseModel], name: str, part: Part, tree: Json) -> Any:
    """What a part says, where that is something the field may hold; else None."""
    value = part.read(tree)
    if value is None:
        return None
    try:
        _adapter(shape, name).validate_python(_comparable(value))
    except ValidationError:
        return None
    return value


def made(kind: Kind, said: Json, person: str, now: str) -> Json:
    """A new resource that says this of a person. now: the present, as FHIR writes it."""
    own: Json = {name: _themselves(kind, name, person) for name in kind.by_person}
    if kind.at is not None:
        own[kind.at] = now
    tree: Json = {"resourceType": kind.type, **kind.base}
    tree[kind.person] = {"reference": f"Patient/{person}"}
    tree = kind.begun(changed(kind, tree, {**own, **said}))
    claimed = _claimed(kind, tree)
    return {**tree, "meta": {"profile": claimed, **node_at(tree, "meta")}} if claimed else tree


def changed(kind: Kind, tree: Json, said: Json) -> Json:
    """The same resource, saying this instead; None takes away. What is said already is left as it
    was written. Where it claimed the profile that fits what it said, it claims the one that fits
    now."""
    before, tree = _claimed(kind, tree), dict(tree)
    for name, part in kind.parts.items():
        if name in said and not same(read(kind.shape, name, part, tree), said[name]):
            part.write(tree, said[name])
    now = _claimed(kind, tree)
    meta = node_at(tree, "meta")
    if before != now and set(before) & set(meta.get("profile", ())):
        kept = [one for one in meta["profile"] if one not in before]
        tree["meta"] = {**meta, "profile": [*now, *kept]}
    return tree


def in_plain_words(kind: Kind, issue: Issue, tree: Json) -> tuple[str | None, str]:
    """(the field, or None; what is wrong with it) of an issue with a resource. tree: what the
    issue is of."""
    if issue.rule is not None and issue.rule in kind.rules:
        name, words = kind.rules[issue.rule]
        return _numbered(name, issue.expression or ""), words or issue.text
    place = _without_indexes((issue.expression or "").partition(".")[2], tree)
    told = _NOWHERE if issue.code == "not-found" and place else issue.text
    if _is_below(place, kind.person):
        return "person", told
    matches = [
        (len(part.place), name)
        for name, part in kind.parts.items()
        if part.place and _is_below(place, part.place)
    ]
    if matches:
        return max(matches)[1], told
    inside = (name for name, part in kind.parts.items() if part.place.startswith(f"{place}."))
    return next(inside, None), told


def _numbered(field: str, expression: str) -> str:
    """The field, with the first number of the expression for its "*"."""
    number = expression.partition("[")[2].partition("]")[0]
    return field.replace("*", number) if number else field.removesuffix(".*")


def _is_below(place: str, part: str) -> bool:
    """Whether a place is in a part; "value[x]" is a value of any type."""
    return (
        place.startswith(part[:-3]) if part.endswith("[x]") else f"{place}.".startswith(f"{part}.")
    )


def written_by(tree: Json) -> Json | None:
    """Who wrote a version, as `meta.source` says."""
    type, _, id = (text(node_at(tree, "meta"), "source") or "").partition("#")[0].partition("/")
    id = id.removesuffix("/admin")
    kind = KIND_BY_TYPE.get(type)
    return {"kind": kind, "id": id} if kind and id else None


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same: the order of extensions and categories, and the display of
    a code, say nothing."""
    return bool(_comparable(one, sets=True) == _comparable(other, sets=True))


def _comparable(value: Any, *, sets: bool = False) -> Any:
    if isinstance(value, dict):
        told = {name: _comparable(one, sets=sets) for name, one in value.items()}
        if sets:
            if "system" in told and "code" in told:
                told.pop("display", None)
            for name in _SETS:
                if isinstance(told.get(name), list):
                    told[name] = sorted(told[name], key=repr)
        return told
    if isinstance(value, list):
        return [_comparable(one, sets=sets) for one in value]
    return str(bytes(value).decode()) if _is_raw(value) else value


def _is_raw(value: Any) -> bool:
    return type(value).__name__ == "Raw"


def _beyond(rest: Json, kind: Kind, tree: Json) -> Json:
    """What is left, without what the service says of every version and what all of a kind hold."""
    also = {
        name: value
        for name, value in rest.items()
        if not same({name: value}, {name: kind.base.get(name)})
    }
    if node_at(also, "text").get("status") == "generated":  # by a system, out of the rest
        also.pop("text")
    own = _claimed(kind, tree)
    meta = {
        name: value
        for name, value in node_at(also, "meta").items()
        if name not in ("versionId", "lastUpdated", "source")
        and not (name == "profile" and value == own)
    }
    also.pop("meta", None)
    return {**also, "meta": meta} if meta else also


def _claimed(kind: Kind, tree: Json) -> list[str]:
    claim = kind.claim(tree)
    return [f"{BASE}/StructureDefinition/{claim}"] if claim else []


def _themselves(kind: Kind, name: str, person: str) -> Any:
    """The person, as one or as a list of one."""
    me = {"kind": "person", "id": person}
    try:
        return _adapter(kind.shape, name).validate_python(me) and me
    except ValidationError:
        return [me]


def _without_indexes(path: str, tree: Json) -> str:
    """extension[0] becomes extension('url'), and any other index goes."""
    steps: list[str] = []
    at: Any = tree
    for step in path.split("."):
        name, _, index = step.partition("[")
        at = at.get(name) if isinstance(at, dict) else None
        if index:
            number = int(index.rstrip("]")) if index.rstrip("]").isdigit() else 0
            at = at[number] if isinstance(at, list) and number < len(at) else None
        if name == "extension" and isinstance(at, dict):
            name = f"extension('{at.get('url')}')"
        steps.append(name)
    return ".".join(steps)


_adapters: dict[tuple[type[BaseModel], str], TypeAdapter[Any]] = {}


def _adapter(shape: type[BaseModel], name: str) -> TypeAdapter[Any]:
    key = (shape, name)
    if key not in _adapters:
        _adapters[key] = TypeAdapter(_annotated(shape.model_fields[name]))
    return _adapters[key]


def _annotated(field_info: Any) -> Any:
    limits: Iterable[Any] = [one for one in field_info.metadata if not isinstance(one, Part)]
    kind = field_info.annotation
    for limit in limits:
        kind = Annotated[kind, limit]
    return kind
