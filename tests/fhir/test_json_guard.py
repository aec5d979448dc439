"""The strict JSON door: one reading, every digit kept, refusals that say where."""

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Malformed
from app.fhir import json_guard


def refusal(raw: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        json_guard.parse(raw)
    assert refused.value.status == 400
    return str(refused.value)


@pytest.mark.parametrize(
    "number",
    [
        *("1.10", "1.0", "-0", "-0.0", "0", "1e0", "1e3", "1E-300", "1e+0000300"),
        *("12345678901234567890.12", "2" * 1000, "-" + "9" * 1000, "0." + "1" * 998),
    ],
)
def test_a_number_keeps_its_digits(number: str) -> None:
    raw = f'{{"value":{number}}}'.encode()
    assert json_guard.encode(json_guard.parse(raw)) == raw


def test_a_decimal_is_raw_and_a_whole_number_is_an_int() -> None:
    tree = json_guard.parse(b'{"a": 1.50, "b": 7}')
    assert isinstance(tree["a"], msgspec.Raw)
    assert bytes(tree["a"]) == b"1.50"
    assert type(tree["b"]) is int


def test_a_number_beside_an_escape_keeps_its_digits_and_its_kind() -> None:
    tree = json_guard.parse(b'{"text": "\\u00e9", "a": 1.50, "b": 7, "c": -0}')
    assert json_guard.encode(tree) == '{"text":"é","a":1.50,"b":7,"c":-0}'.encode()
    assert isinstance(tree["a"], msgspec.Raw)
    assert type(tree["b"]) is int


def test_members_keep_their_order() -> None:
    assert json_guard.encode(json_guard.parse(b'{ "b": 1, "a": 2 }')) == b'{"b":1,"a":2}'


def test_an_escape_is_read_and_written_as_the_character() -> None:
    raw = b'{"text": "caf\\u00e9 \\ud83d\\ude00 \\/"}'
    assert json_guard.encode(json_guard.parse(raw)) == '{"text":"café 😀 /"}'.encode()


@pytest.mark.parametrize("raw", [b"", b"  \n"])
def test_an_empty_body_is_named_as_such(raw: bytes) -> None:
    assert refusal(raw) == "The body is empty; send one JSON object."


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b'{"a":1,}',
        b'{"a":1} {"a":1}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":01}',
        b'{"a":.5}',
        b'{"a":+1}',
        b"{'a':1}",
        b'{"a":"\x01"}',
        b'// said {"a":1}',
    ],
)
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    assert "not" in refusal(raw)


@pytest.mark.parametrize(
    ("raw", "byte"),
    [
        (b'{"a":"\\ud800"}', 6),
        (b'{"a":"\\ud800 and more"}', 6),
        (b'{"a":"\\ud83d\\ude00 \\\\ \\uDC00\\ud800"}', 22),
        (b'{"\\ud800":1}', 2),
    ],
)
def test_a_lone_surrogate_is_named_with_its_place(raw: bytes, byte: int) -> None:
    told = refusal(raw)
    assert "surrogate pair" in told
    assert told.endswith(f": see byte {byte}.")


def test_the_byte_where_json_ends_is_told() -> None:
    assert refusal(b'{"a":what}').startswith("The body is not JSON: see byte 5.")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            b"\xef\xbb\xbf{}",
            "The body starts with a byte order mark; send plain UTF-8 without one.",
        ),
        (b"<Goal/>", "The body looks like XML or a web page; send JSON."),
        (b" \n<html>", "The body looks like XML or a web page; send JSON."),
        (b'{"a":1', "The body is not whole JSON: its end is missing."),
        (
            b'{"a":1,}',
            "The body is not JSON: see byte 7. Look there for a comma, a bracket or a "
            "quotation mark that is missing, or one too many.",
        ),
        (b"[]", "The body must be a JSON object: it starts with { and ends with }."),
        (
            b'{"a":"\\u0000"}',
            "A text holds the character U+0000, which FHIR does not allow: see byte 6.",
        ),
    ],
)
def test_what_the_body_is_instead_is_told_in_a_whole_sentence(raw: bytes, told: str) -> None:
    assert refusal(raw) == told


@pytest.mark.parametrize("raw", [b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\xaf"}'])
def test_what_is_not_utf_8_is_refused(raw: bytes) -> None:
    assert refusal(raw).startswith("The body is not UTF-8 text")


@pytest.mark.parametrize("raw", [b"[]", b'"a"', b"1", b"null", b"true"])
def test_the_body_is_an_object(raw: bytes) -> None:
    assert "JSON object" in refusal(raw)


def test_a_patch_may_be_an_array() -> None:
    assert json_guard.parse_value(b'[{"op":"remove","path":"/a"}]')[0]["op"] == "remove"


def test_a_member_given_twice_is_named_with_its_place() -> None:
    raw = b'{"resourceType":"Goal","target":[{},{"due":{"a":1, "b":2, "a":1}}]}'
    with pytest.raises(Malformed) as refused:
        json_guard.parse(raw)
    issue = refused.value.issues[0]
    assert issue.text == "'a' is given twice in one object: keep one of them."
    assert issue.expression == "Goal.target[1].due"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"resourceType":"Goal","resourceType":"Patient"}',
        b'{"a":{"b":[{"c":1,"c":1}]}}',
    ],
)
def test_no_spelling_of_a_member_given_twice_gets_through(raw: bytes) -> None:
    assert "twice" in refusal(raw)


def test_a_member_name_that_could_be_content_is_not_repeated() -> None:
    told = refusal(b'{"Mary Hill, 1 Quay":1,"Mary Hill, 1 Quay":2}')
    assert told == "A member is given twice in one object: keep one of them."


def test_of_all_members_the_one_given_twice_is_named() -> None:
    assert refusal(b'{"b":1,"a":2,"a":2}').startswith("'a' is given twice")


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"resourceType":"Goal","a":{"b":1,"b":2}}', "Goal.a"),
        (b'{"resourceType":"Mary","a":{"b":1,"b":2}}', None),
        (b'{"resourceType":["Goal"],"a":{"b":1,"b":2}}', None),
        (b'{"a":{"b":1,"b":2}}', None),
        (b'{"resourceType":"Goal","Mary Hill":{"b":1,"b":2}}', None),
        (b'[{"b":1,"b":2}]', None),
    ],
)
def test_the_place_of_a_member_given_twice_is_told_where_it_holds_no_content(
    raw: bytes, place: str | None
) -> None:
    with pytest.raises(Malformed) as refused:
        json_guard.parse_value(raw)
    issue = refused.value.issues[0]
    assert (issue.code, issue.expression) == ("structure", place)
    assert issue.text == "'b' is given twice in one object: keep one of them."


@pytest.mark.parametrize(
    ("raw", "byte"),
    [
        (b'{"a":"x\\u0000"}', 7),
        (b'{"\\u0000":1}', 2),
        (b'{"a":["\\\\u0000","\\u0000"]}', 17),
    ],
)
def test_the_character_nul_is_refused_with_its_place(raw: bytes, byte: int) -> None:
    told = refusal(raw)
    assert "U+0000" in told
    assert told.endswith(f": see byte {byte}.")


def test_a_backslash_before_u0000_is_only_text() -> None:
    assert json_guard.parse(b'{"a":"\\\\u0000"}') == {"a": "\\u0000"}


@pytest.mark.parametrize(
    "number", ["1e400", "1e-301", "1E+00301", "1.5e99999999999", "0." + "1" * 1001]
)
def test_a_number_beyond_reason_is_refused(number: str) -> None:
    assert "number" in refusal(f'{{"a":{number}}}'.encode())


@pytest.mark.parametrize("digits", [1001, 4300, 5000])
def test_a_whole_number_of_more_than_1000_digits_is_refused(digits: int) -> None:
    assert "1000 digits" in refusal(b'{"a":-' + b"9" * digits + b"}")


@pytest.mark.parametrize("sign", [b"", b"-"])
def test_the_least_number_of_1001_digits_is_refused_in_a_list_too(sign: bytes) -> None:
    number = sign + b"1" + b"0" * 1000
    assert refusal(b'{"a":[[' + number + b"]]}") == "A number has more than 1000 digits."


def test_many_digits_in_a_text_are_no_number() -> None:
    tree = json_guard.parse(b'{"a":"' + b"1" * 2000 + b'","b":[123456,-123456]}')
    assert tree["b"] == [123456, -123456]


@pytest.mark.parametrize("depth", [65, 500, 100_000])
def test_more_than_64_levels_are_refused(depth: int) -> None:
    raw = b'{"[":' * depth + b"1" + b"}" * depth
    assert refusal(raw) == "The JSON is nested more than 64 levels deep: see byte 320."


@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")])
def test_levels_of_objects_and_of_lists_are_counted_alike(opening: bytes, closing: bytes) -> None:
    json_guard.parse_value(opening * 64 + b"1" + closing * 64)
    with pytest.raises(Malformed, match="more than 64 levels"):
        json_guard.parse_value(opening * 65 + b"1" + closing * 65)


def test_64_levels_are_read() -> None:
    assert json_guard.parse(b'{"a":' * 64 + b"1" + b"}" * 64)


def test_brackets_in_a_text_are_no_levels() -> None:
    assert json_guard.parse(b'{"a":"' + b"[{" * 100 + b'"}')


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@given(
    tree=st.dictionaries(texts, values),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 0, 2]),
)
def test_any_json_object_is_read_as_the_standard_library_reads_it(
    tree: dict[str, object], ascii_only: bool, indent: int | None
) -> None:
    raw = json.dumps(tree, ensure_ascii=ascii_only, indent=indent).encode()
    parsed = json_guard.parse(raw)
    assert parsed == tree
    assert list(parsed) == list(tree)
    assert json_guard.parse(json_guard.encode(parsed)) == tree


@given(st.binary(max_size=60))
def test_any_bytes_are_either_read_or_refused(raw: bytes) -> None:
    with suppress(Malformed):
        assert isinstance(json_guard.parse(b'{"a":' + raw + b"}"), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"[[[]]]",
        b'{"a":{"a":{}}}',
        b'[{"a":[]}]',
        b'[[],[],[["[[[["]],[]]',
        b'{"a":{},"b":{},"c":1}',
    ],
)
def test_a_body_as_deep_as_is_asked_for_is_not_too_deep(body: bytes) -> None:
    json_guard.refuse_deeper(body, 3)


@pytest.mark.parametrize(
    ("body", "most", "byte"),
    [
        (b"[[[[]]]]", 3, 3),
        (b'{"a":{"a":{"a":{}}}}', 3, 15),
        (b'[{"a":[{}]}]', 3, 7),
        (b"[[],[[]]]", 2, 5),
    ],
)
def test_a_body_deeper_than_is_asked_for_is_told_where(body: bytes, most: int, byte: int) -> None:
    with pytest.raises(Malformed) as no:
        json_guard.refuse_deeper(body, most)
    told = f"The JSON is nested more than {most} levels deep: see byte {byte}."
    assert str(no.value) == told


def test_what_every_body_may_have_is_looked_at_elsewhere() -> None:
    json_guard.refuse_deeper(b"[" * (json_guard.DEEPEST + 1), json_guard.DEEPEST)
