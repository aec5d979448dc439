"""FHIRPath text to a tree, for the plain part of the language that invariants are written in.

Spec: http://hl7.org/fhirpath/N1/#operators
A tree is a tuple: ("name", "code"), ("literal", "x"), ("call", on, "where", (argument,)),
("operator", "and", left, right). What this part does not have raises NotPlain.
"""

import re
from decimal import Decimal
from typing import Any, TypeAlias

Tree: TypeAlias = tuple[Any, ...]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[$%]?[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|!=|[=<>|.()\[\],]))"
)
_BINDS = {
    "implies": 1, "or": 2, "xor": 2, "and": 3, "in": 4, "contains": 4, "=": 5, "!=": 5,
    "<": 6, ">": 6, "<=": 6, ">=": 6, "|": 7,
}  # fmt: skip
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


class NotPlain(Exception):
    """The expression, or what it is asked of, is outside the plain part."""


def parsed(expression: str) -> Tree:
    """The tree of an expression. Raises NotPlain."""
    reader = _Reader(_tokens(expression))
    tree = reader.binary(0)
    if reader.next() != ("", ""):
        raise NotPlain
    return tree


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    expression = expression.rstrip()
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None or match.lastgroup is None:
            raise NotPlain
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def take(self, sign: str = "") -> tuple[str, str]:
        token = self.next()
        if sign and token != ("sign", sign):
            raise NotPlain
        self._at += 1
        return token

    def binary(self, least: int) -> Tree:
        left = self._path()
        while True:
            kind, word = self.next()
            binds = _BINDS.get(word, 0) if kind in ("name", "sign") else 0
            if binds <= least:
                return left
            self.take()
            left = ("operator", word, left, self.binary(binds))

    def _path(self) -> Tree:
        tree = self._start()
        while True:
            if self.next() == ("sign", "."):
                self.take()
                kind, name = self.take()
                if kind != "name" or name[0] in "$%":
                    raise NotPlain
                tree = self._invocation(tree, name)
            elif self.next() == ("sign", "["):
                self.take()
                kind, number = self.take()
                if kind != "number" or "." in number:
                    raise NotPlain
                self.take("]")
                tree = ("item", tree, int(number))
            else:
                return tree

    def _start(self) -> Tree:
        kind, word = self.take()
        if (kind, word) == ("sign", "("):
            tree = self.binary(0)
            self.take(")")
            return tree
        if kind == "text":
            return ("literal", _ESCAPE.sub(_unescaped, word[1:-1]))
        if kind == "number":
            return ("literal", Decimal(word))
        if word in ("true", "false"):
            return ("literal", word == "true")
        if kind != "name":
            raise NotPlain
        if word == "$this":
            return ("this",)
        if word[0] in "$%":
            return ("variable", word)
        return self._invocation(("this",), word)

    def _invocation(self, on: Tree, name: str) -> Tree:
        if self.next() != ("sign", "("):
            return ("name", on, name)
        self.take()
        arguments = []
        while self.next() != ("sign", ")"):
            arguments.append(self.binary(0))
            if self.next() == ("sign", ","):
                self.take()
        self.take(")")
        return ("call", on, name, tuple(arguments))


def _unescaped(match: re.Match[str]) -> str:
    if match[1] == "u":
        raise NotPlain
    return _ESCAPED.get(match[1], match[1])
