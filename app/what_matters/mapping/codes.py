"""Codes that say what an entry is, and codes among others: by their plain words.

Spec: https://hl7.org/fhir/R4/datatypes.html#CodeableConcept
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, nodes
from app.what_matters.mapping.parts import Part, converted, node, put


def called(path: str, system: str, code_by_word: Mapping[str, tuple[str, str]]) -> Part:
    """What a CodeableConcept is called, by a plain word. code_by_word: the code, and the text that
    a new one has beside it. Other codes may stand beside the code."""
    word_by_code = {code: word for word, (code, _) in code_by_word.items()}

    def read(tree: Json) -> Any:
        concept = node(path).read(tree)
        if not isinstance(concept, dict):
            return None
        codes = [str(one.get("code")) for one in nodes(concept, "coding") if _of(one, system)]
        known = [word_by_code[one] for one in codes if one in word_by_code]
        return known[0] if len(known) == 1 else None

    def write(tree: Json, word: Any) -> None:
        if word is None:
            put(tree, path, None)
            return
        code, text = code_by_word[word]
        put(tree, path, {"coding": [{"system": system, "code": code}], "text": text})

    return Part(path, read, write)


def codings(path: str, system: str, code_by_word: Mapping[str, str]) -> Part:
    """A list of Codings of one system, each by its plain word. Whole or not at all."""
    word_by_code = {code: word for word, code in code_by_word.items()}

    def read(value: Any) -> Any:
        if not isinstance(value, list) or not value:
            return None
        words = [
            word_by_code.get(str(one.get("code"))) if _of(one, system) else None for one in value
        ]
        return None if None in words else words

    def write(words: Any) -> Any:
        return [{"system": system, "code": code_by_word[one]} for one in words] or None

    return converted(node(path), read, write)


def coded(path: str, system: str, code_by_word: Mapping[str, str]) -> Part:
    """One Coding, by its plain word."""
    word_by_code = {code: word for word, code in code_by_word.items()}

    def read(value: Any) -> Any:
        return word_by_code.get(str(value.get("code"))) if _of(value, system) else None

    return converted(node(path), read, lambda word: {"system": system, "code": code_by_word[word]})


def says(path: str, system: str, *codes: str) -> Callable[[Json], bool]:
    """Whether a resource has one of these codes there."""
    wanted = frozenset(codes)
    return lambda tree: has_coding(tree, path, system, wanted)


def _of(value: Any, system: str) -> bool:
    return isinstance(value, dict) and value.get("system") == system
