"""What must not get in: texts that are not JSON, Bundles and patches that are none.

Each text holds the canary as a value, which no answer may repeat.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.people import goal

CANARY = "qzcanaryqz"

Json = dict[str, Any]

_WORD = f'"{CANARY}"'


def texts(person: str) -> Iterator[bytes]:
    """Bodies that are not one strict JSON object, or are no resource."""
    sound = json.dumps(goal(person, CANARY))
    yield from _broken(sound)
    yield from _odd_numbers(sound)
    yield from _odd_letters(sound)
    yield from _nested(sound)
    yield from (text.encode() for text in _no_resources())


def _broken(sound: str) -> Iterator[bytes]:
    for end in range(0, len(sound), 7):
        yield sound[:end].encode()
    for old, new in (
        ('"', "'"),
        (":", "="),
        (",", ",,"),
        (",", ";"),
        ("}", "]"),
        ("}", ",}"),
        ("{", "{,"),
        ("{", "{ /* a comment */ "),
        ("{", "(+{"),
    ):
        yield sound.replace(old, new, 1).encode()
    yield from (
        (sound + extra).encode() for extra in ("}", ",", sound, "\n" + sound, "x", "\0", "#", "//")
    )
    yield from (before.encode() + sound.encode() for before in ("\ufeff", ")]}',\n", "x", "\0"))
    yield from (sound.encode(name) for name in ("utf-16", "utf-16-le", "utf-32"))
    yield b"<Goal xmlns='http://hl7.org/fhir'><id value='%b'/></Goal>" % CANARY.encode()


def _odd_numbers(sound: str) -> Iterator[bytes]:
    numbers = "NaN Infinity -Infinity 1e400 1e-400 -1e400 01 +1 .5 5. 0x10 1e 1_000 --1 - 1e+ 1.e2"
    for number in numbers.split():
        yield _with(sound, f'"x":{number}')
    for number in ("9" * 1001, "-" + "9" * 5000, "0." + "9" * 1001, "1" * 100_000, "1e99999999999"):
        yield _with(sound, f'"x":{number}')
        yield _with(sound, f'"extension":[{{"url":"https://a.example","valueDecimal":{number}}}]')
    for whole in (2**31, -(2**31) - 1, 2**63, 2**64 + 1, 10**300):
        yield _with(sound, f'"extension":[{{"url":"https://a.example","valueInteger":{whole}}}]')


def _odd_letters(sound: str) -> Iterator[bytes]:
    odd = [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x80", b"\0"]
    odd += [bytes([code]) for code in range(1, 32) if code not in (9, 10, 13)]
    odd += [b"\\ud800", b"\\udc00", b"\\ud800x", b"\\udfff\\ud800", b"\\u0000", b"\\u12", b"\\x41"]
    odd += [b"\\U0001F600", b"\\", b"\\u 041", b"\\ud83d\\u0041", b"\\u0001", b"\\u001f", b"\\u007"]
    for letters in odd:
        yield sound.encode().replace(CANARY.encode(), CANARY.encode() + letters)
    yield sound.encode().replace(b'"text"', b'"te\\u0000xt"')
    yield sound.encode().replace(b'"text"', b'"te\\ud800xt"')


def _nested(sound: str) -> Iterator[bytes]:
    for depth in (65, 500, 2_000, 100_000):
        yield b"[" * depth
        yield b"[" * depth + _WORD.encode() + b"]" * depth
        yield b'{"a":' * depth + _WORD.encode() + b"}" * depth
        yield _with(sound, '"x":' + "[" * depth + _WORD + "]" * depth)
    deep = '{"url":"https://a.example","extension":[' * 40
    yield _with(sound, '"extension":[' + deep + "]}" * 40 + "]")
    twice = (
        f'"status":{_WORD},"status":{_WORD}',
        f'"x":{{"a":{_WORD},"a":{_WORD}}}',
        f'"x":[{{"a":1}},{{"\\u0061":{_WORD},"a":2}}]',
        f'"lifecycleStatus":{_WORD}',
        f'"resourceType":{_WORD}',
        '"__proto__":{"id":"1"},"__proto__":{"id":"2"}',
    )
    yield from (_with(sound, members) for members in twice)


def _with(sound: str, members: str) -> bytes:
    return f"{sound[:-1]},{members}}}".encode()


def _no_resources() -> Iterator[str]:
    yield from (
        "",
        " ",
        "null",
        "true",
        "0",
        "1.5",
        "[]",
        "{}",
        _WORD,
        f"[{_WORD}]",
        "[{}]",
        "[[]]",
    )
    for type in ("null", "5", "[]", "{}", '""', '"goal"', '"GOAL"', '"Goal "', '"Nonesuch"', _WORD):
        yield f'{{"resourceType":{type},"id":{_WORD}}}'
    yield f'{{"resourceType":"Medication","code":{{"text":{_WORD}}}}}'
    yield f'{{"resourceType":"Bundle","type":{_WORD}}}'
    yield f'{{"id":{_WORD}}}'


def wrong_kinds(resource: Json) -> Iterator[Json]:
    """The resource with one value at a time replaced by one of another kind."""
    for place in _places(resource):
        value = _at(resource, place)
        for wrong in ({"text": CANARY}, [[CANARY]], CANARY, 12.5, True):
            if _kind(wrong) != _kind(value):
                yield _replaced(resource, place, wrong)


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def _places(node: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The first of a list stands for all that are like it."""
    steps: list[tuple[str | int, Any]] = []
    if isinstance(node, dict):
        steps += node.items()
    if isinstance(node, list):
        steps += list(enumerate(node))[:1]
    for step, child in steps:
        yield (*place, step)
        yield from _places(child, (*place, step))


def _at(node: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        node = node[step]
    return node


def _any(*values: Any) -> tuple[Any, ...]:
    return values


def _replaced(node: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    made: Any = dict(node) if isinstance(node, dict) else list(node)
    made[place[0]] = _replaced(node[place[0]], place[1:], value)
    return made


def entries(person: str) -> Iterator[Any]:
    """Entries of a batch or transaction that are wrong by themselves."""
    yield from (None, 5, CANARY, [], {}, {"resource": goal(person, CANARY)})
    for request in _any(None, 5, CANARY, [], {}, [{"method": "POST", "url": "Goal"}]):
        yield {"resource": goal(person, CANARY), "request": request}
    for method in (None, 5, "", "post", "FETCH", CANARY, "OPTIONS", "CONNECT", ["POST"]):
        yield _entry(method, "Goal", goal(person, CANARY))
    for url in _odd_urls():
        if not str(url).startswith(("Goal?", "Goal/")):
            yield _entry("POST", url, goal(person, CANARY))
        yield _entry("PUT", url, goal(person, CANARY))
        yield _entry("GET", url)
        yield _entry("DELETE", url)
    for resource in _any(
        None, 5, CANARY, [], {}, goal(person, CANARY, status=CANARY), {"id": CANARY}
    ):
        yield _entry("POST", "Goal", resource)
        yield _entry("PUT", "Goal/some-id", resource)
    yield from _odd_conditions(person)


def _entry(method: Any, url: Any, resource: Any = None, **request: Any) -> Json:
    return {"resource": resource, "request": {"method": method, "url": url, **request}}


def _odd_urls() -> Iterator[Any]:
    yield from (
        None,
        5,
        [],
        {},
        "?",
        "//",
        "/..",
        "../metadata",
        "Goal/../../x",
        "Goal//1",
        "Goal/",
    )
    yield from (f"https://{CANARY}.example/Goal/1", f"{CANARY}/1", f"Goal/{CANARY}/{CANARY}/1")
    yield from (
        "Goal/%00",
        "Goal/%2e%2e",
        "Goal/a b",
        "Goal/" + "a" * 65,
        "Goal/\r\nX: y",
        "Goal/é",
    )
    yield from ("Goal/$nonesuch", "$export", "Goal/1/$validate", "Goal/1/_history/0x1", "Goal/\0")
    yield from (
        f"Goal?nonesuch={CANARY}",
        "Goal?identifier",
        "Goal?_count=x",
        "Goal?_id=%",
        "a" * 9000,
    )


def _odd_conditions(person: str) -> Iterator[Json]:
    put = ("PUT", "Goal/some-id", goal(person, CANARY, id="some-id"))
    for etag in _any(
        5, CANARY, "", 'W/"x"', 'W/"1', '"-1"', 'W/"99999999999999999999"', [], {}, "W/é"
    ):
        yield _entry(*put, ifMatch=etag)
    for condition in _any(
        5,
        [],
        {},
        "?",
        f"={CANARY}",
        f"nonesuch={CANARY}",
        "identifier=%",
        "_count=1",
        "%00",
    ):
        yield _entry("POST", "Goal", goal(person, CANARY), ifNoneExist=condition)


def bundles(person: str) -> Iterator[Any]:
    """Bundles that are wrong as a whole."""
    one = [_entry("POST", "Goal", goal(person, CANARY))]
    for type in (None, 5, "", CANARY, "collection", "searchset", "document", "message", "history"):
        yield {"resourceType": "Bundle", "type": type, "entry": one}
    for some in (None, 5, CANARY, {}, {"0": one[0]}, [one], True):
        yield {"resourceType": "Bundle", "type": "transaction", "entry": some}
        yield {"resourceType": "Bundle", "type": "batch", "entry": some}
    yield {"resourceType": "bundle", "type": "batch", "entry": one}
    yield {"type": "batch", "entry": one}
    yield goal(person, CANARY)
    yield {"resourceType": "Bundle", "type": "transaction", "entry": one * 1_001}
    twice = [{**one[0], "fullUrl": "urn:uuid:1"}, {**one[0], "fullUrl": "urn:uuid:1"}]
    yield {"resourceType": "Bundle", "type": "transaction", "entry": twice}
    same = [_entry("PUT", "Goal/same", goal(person, CANARY, id="same"))] * 2
    yield {"resourceType": "Bundle", "type": "transaction", "entry": same}
    for reference in (
        "urn:uuid:nowhere",
        "Patient?",
        f"Patient?nonesuch={CANARY}",
        "Goal/1",
        "#",
        "?",
        "/",
    ):
        lost = goal(person, CANARY, subject={"reference": reference})
        entry = [_entry("POST", "Goal", lost)]
        yield {"resourceType": "Bundle", "type": "transaction", "entry": entry}
        yield {"resourceType": "Bundle", "type": "batch", "entry": entry}


def json_patches() -> Iterator[Any]:
    """JSON Patches that are not well formed, or do not fit a Goal."""
    yield from (5, True, None, CANARY, [5], [None], [CANARY], [[]], [{}], [[[]]])
    text = "/description/text"
    for op in _any(None, 5, "", CANARY, "ADD", [], {}):
        yield [{"op": op, "path": text, "value": CANARY}]
    for path in _any(
        None, 5, [], {}, "description", "no/slash", "/no/such/place", "/~2", "/target/x"
    ):
        yield [{"op": "replace", "path": path, "value": CANARY}]
        yield [{"op": "remove", "path": path}]
        yield [{"op": "move", "from": path, "path": text}]
        yield [{"op": "copy", "from": path, "path": text}]
    for index in ("-1", "01", "1e0", "99999999999999999999", "é", "-"):
        yield [{"op": "replace", "path": f"/category/{index}", "value": CANARY}]
        yield [{"op": "remove", "path": f"/category/{index}"}]
        yield [{"op": "test", "path": f"/category/{index}", "value": CANARY}]
    yield from ([{"op": op, "path": text}] for op in ("add", "replace", "test", "move", "copy"))
    for value in _any("x", CANARY, 5, [], None, {"text": CANARY}):
        yield [{"op": "test", "path": text, "value": value}]
        yield [{"op": "replace", "path": "", "value": value}]
        yield [{"op": "add", "path": "/lifecycleStatus", "value": value}]
        yield [{"op": "add", "path": "/description/text/deeper", "value": value}]
    yield [{"op": "move", "from": "/description", "path": "/description/text"}]
    yield [{"op": "remove", "path": ""}]
    yield [{"op": "remove", "path": "/description"}]
    yield [{"op": "replace", "path": "/id", "value": CANARY}]
    yield [{"op": "replace", "path": "/resourceType", "value": "Observation"}]
    yield [{"op": "replace", "path": "/subject", "value": {"reference": "Patient/nobody"}}]
    yield [{"op": "copy", "from": "", "path": "/contained"}] * 30


def merge_patches() -> Iterator[Any]:
    """Merge patches that leave no sound Goal."""
    yield from (5, True, None, CANARY)
    yield {"resourceType": "Parameters", "parameter": [{"name": CANARY}]}
    for name in ("resourceType", "lifecycleStatus", "description", "subject"):
        for value in _any(None, 5, CANARY, [CANARY], {"text": [CANARY]}):
            yield {name: value}
    yield {"id": CANARY}
    yield {"nonesuch": CANARY}
    yield {"subject": {"reference": "Patient/nobody"}}
