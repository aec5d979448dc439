"""The plain subset of FHIRPath that search parameters use, compiled once into closures.

What each element holds comes from R4's element tables, so a value's type is known when the path is
compiled: `Observation.value` becomes one branch for each type it may have.

Spec: https://hl7.org/fhir/R4/search.html#path, https://hl7.org/fhirpath/N1/
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from app.fhir.element_tables import types_by_path
from app.fhir.reference import type_referred_to

Nodes: TypeAlias = Sequence[Any]
Finder: TypeAlias = Callable[[Any], Nodes]
Predicate: TypeAlias = Callable[[Any], bool]

# The code system that a code implies by its binding; for the value of an extension, by its url.
_SYSTEM_BY_PATH: Mapping[str, str] = json.loads(
    (Path(__file__).parent / "definitions_search" / "systems.json").read_text(encoding="utf-8")
)

_WORDS = re.compile(r"\s*('[^']*'|[A-Za-z_]\w*|!=|=|[().|])")
_INNER = frozenset(("BackboneElement", "Element"))


@dataclass(frozen=True, slots=True)
class Branch:
    """One way through a resource, whose end has one type.

    path: where its children are looked up: "Goal.target", or the data type's name.
    type: the FHIR type of what it yields. system: the code system a bound `code` implies.
    get: what the branch finds from a resource (or from the root it was compiled for).
    first: the member of the root it begins with; without it there is nothing to find.
    url: of an extension, the one it was narrowed to.
    """

    path: str
    type: str
    get: Finder
    system: str | None = None
    first: str | None = None
    url: str | None = None


def branches(expression: str, root: str) -> tuple[Branch, ...]:
    """The branches of an expression from `root`: a type ("Goal") or the path of a branch.

    Raises ValueError when the expression lies outside the subset or names an unknown element.
    """
    reader = _Reader(expression, root)
    found = reader.whole()
    reader.expect_end()
    return tuple(found)


class _Reader:
    """Reads one expression from left to right, compiling as it goes."""

    def __init__(self, expression: str, root: str) -> None:
        self._expression = expression
        self._root = Branch(root, root, _itself)
        self._words = _WORDS.findall(expression)
        self._at = 0
        if "".join(self._words) != re.sub(r"\s+", "", expression):
            raise self._unreadable()

    def whole(self) -> list[Branch]:
        found = self._comparison()
        while self._take("and"):
            found = [_claim(_all_of(found, self._comparison()))]
        return found

    def expect_end(self) -> None:
        if self._at != len(self._words):
            raise self._unreadable()

    def _comparison(self) -> list[Branch]:
        found = self._union()
        if self._take("!="):
            return [_claim(_differs(found, _literal(self._next())))]
        return found

    def _union(self) -> list[Branch]:
        found = self._typed()
        while self._take("|"):
            found = found + self._typed()
        return found

    def _typed(self) -> list[Branch]:
        found = self._path()
        if self._take("as"):
            found = _of_type(found, self._next())
        return found

    def _path(self) -> list[Branch]:
        if self._take("("):
            found = self.whole()
            self._expect(")")
        else:
            found = self._start(self._next())
        while self._take("."):
            found = self._member(found, self._next())
        return found

    def _start(self, word: str) -> list[Branch]:
        if word == self._root.path:
            return [self._root]
        if word == "Resource":
            return [Branch(word, word, _itself)]
        return self._member([self._root], word)

    def _member(self, found: list[Branch], word: str) -> list[Branch]:
        if not self._take("("):
            return [child for branch in found for child in self._children(branch, word)]
        result = self._call(found, word)
        self._expect(")")
        return result

    def _call(self, found: list[Branch], name: str) -> list[Branch]:
        if name in ("as", "ofType"):
            return _of_type(found, self._next())
        if name == "exists":
            return [_claim(_any_found(found))]
        if name == "where":
            is_url = self._words[self._at : self._at + 2] == ["url", "="]
            keep = self._predicate()
            url = self._words[self._at - 1].strip("'") if is_url else None
            return [replace(branch, get=_filtered(branch.get, keep), url=url) for branch in found]
        raise self._unreadable()

    def _predicate(self) -> Predicate:
        word = self._next()
        if word == "resolve":
            for expected in ("(", ")", "is"):
                self._expect(expected)
            return _refers_to(self._next())
        if word == "hasExtension":
            self._expect("(")
            url = _literal(self._next())
            self._expect(")")
            return _has_extension(str(url))
        self._expect("=")
        return _member_equals(word, _literal(self._next()))

    def _children(self, branch: Branch, name: str) -> list[Branch]:
        path, known = f"{branch.path}.{name}", types_by_path()
        if path in known:
            (type_name,) = known[path]
            return [_child(branch, path, name, type_name)]
        if name == "extension":
            return [_child(branch, path, name, "Extension")]
        choice = f"{path}[x]"
        if choice not in known:
            raise ValueError(f"no element {path} is known for {self._expression!r}")
        return [
            _child(branch, path, name + type_name[0].upper() + type_name[1:], type_name)
            for type_name in known[choice]
        ]

    def _next(self) -> str:
        if self._at == len(self._words):
            raise self._unreadable()
        self._at += 1
        return str(self._words[self._at - 1])

    def _take(self, word: str) -> bool:
        taken = self._at < len(self._words) and self._words[self._at] == word
        self._at += taken
        return taken

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._unreadable()

    def _unreadable(self) -> ValueError:
        return ValueError(f"{self._expression!r} lies outside the paths read here")


def _child(branch: Branch, path: str, key: str, type_name: str) -> Branch:
    return Branch(
        path=path if type_name in _INNER else type_name,
        type=type_name,
        get=_member_of_root(key) if branch.get is _itself else _member_of(branch.get, key),
        system=_SYSTEM_BY_PATH.get(branch.url or path),
        first=key if branch.get is _itself else branch.first,
    )


def _itself(root: Any) -> Nodes:
    return (root,)


def _member_of_root(key: str) -> Finder:
    def get(root: Any) -> Nodes:
        value = root.get(key) if isinstance(root, dict) else None
        if value is None:
            return ()
        return value if isinstance(value, list) else (value,)

    return get


def _member_of(parents: Finder, key: str) -> Finder:
    def get(root: Any) -> Nodes:
        nodes = parents(root)
        if not nodes:
            return ()
        found: list[Any] = []
        for node in nodes:
            value = node.get(key) if isinstance(node, dict) else None
            if isinstance(value, list):
                found += value
            elif value is not None:
                found.append(value)
        return found

    return get


def _filtered(find: Finder, keep: Predicate) -> Finder:
    return lambda root: [node for node in find(root) if keep(node)]


def _of_type(found: list[Branch], name: str) -> list[Branch]:
    # R4's own composite code-value-date writes DateTime for dateTime.
    wanted = "dateTime" if name == "DateTime" else name
    return [branch for branch in found if branch.type == wanted]


def _claim(holds: Predicate) -> Branch:
    return Branch("boolean", "boolean", lambda root: (holds(root),))


def _any_found(found: list[Branch]) -> Predicate:
    return lambda root: any(branch.get(root) for branch in found)


def _all_of(left: list[Branch], right: list[Branch]) -> Predicate:
    both = (*left, *right)
    return lambda root: all(True in branch.get(root) for branch in both)


def _differs(found: list[Branch], literal: str | bool) -> Predicate:
    return lambda root: any(node != literal for branch in found for node in branch.get(root))


def _literal(word: str) -> str | bool:
    if word in ("true", "false"):
        return word == "true"
    return word.strip("'")


def _refers_to(type_name: str) -> Predicate:
    return lambda node: type_referred_to(node) == type_name


def _has_extension(url: str) -> Predicate:
    def holds(node: Any) -> bool:
        extensions = node.get("extension") if isinstance(node, dict) else None
        return isinstance(extensions, list) and any(
            isinstance(extension, dict) and extension.get("url") == url for extension in extensions
        )

    return holds


def _member_equals(key: str, literal: str | bool) -> Predicate:
    return lambda node: isinstance(node, dict) and node.get(key) == literal
