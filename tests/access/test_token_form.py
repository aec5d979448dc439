"""What stands in the Authorization header, before anything of it is proven."""

import base64

import pytest

from app.access import compact, token_form
from app.access.compact import LARGEST_BYTES
from app.access.token_check import Verifier
from app.errors import Unauthenticated
from tests.access.tokens import NOW, TRUSTED, bearer


def told(authorization: bytes) -> str:
    with pytest.raises(Unauthenticated) as no:
        token_form.read(authorization)
    return str(no.value)


def test_a_header_of_more_than_16_kb_is_not_read() -> None:
    longest = b"Bearer " + b"a" * (LARGEST_BYTES - len(b"Bearer "))
    assert "it needs three parts" in told(longest)
    assert told(longest + b"a") == "The access token is larger than 16 kB."


def test_two_tokens_in_one_header_are_no_token() -> None:
    assert "it needs three parts" in told(bearer() + b", " + bearer())


def segment(text: bytes) -> bytes:
    return base64.urlsafe_b64encode(text).rstrip(b"=")


@pytest.mark.parametrize("part", [b"", b"a", b"a+b/", b"YR", b"YQ=="])
def test_each_part_is_base64url_in_its_one_spelling(part: bytes) -> None:
    with pytest.raises(compact.Odd) as odd:
        compact.read(b".".join((part, segment(b"{}"), b"AA")))
    assert odd.value.why == "a part is not base64url"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_is_no_number_to_json_is_refused_in_any_claim(number: bytes) -> None:
    with pytest.raises(compact.Odd) as odd:
        compact.read(b".".join((segment(b"{}"), segment(b'{"x":' + number + b"}"), b"AA")))
    assert odd.value.why == "its claims are not strict JSON"


@pytest.mark.parametrize("value", ["", "ec-1' or '1'='1", "k" * 129, 1, None, ["ec-1"]])
def test_what_cannot_name_a_key_is_no_key_id(value: object) -> None:
    assert compact.is_key_id("ec-1")
    assert not compact.is_key_id(value)


def test_a_token_seen_before_is_told_that_it_is_over_as_a_new_one_is() -> None:
    times = [float(NOW)]
    check = Verifier([TRUSTED], lambda: times[-1])
    check.verify(bearer_once)
    times.append(NOW + 600)
    for _ in range(2):
        with pytest.raises(Unauthenticated) as no:
            check.verify(bearer_once)
        assert no.value.issues[0].code == "expired"
        assert str(no.value) == "The token has expired. Sign in again for a new one."


bearer_once = bearer()


def test_a_part_may_end_in_any_letter() -> None:
    assert compact.read(b".".join((segment(b"{}"), segment(b'{"a":1}'), b"AAAX"))) == ({}, {"a": 1})


@pytest.mark.parametrize(
    ("encoded", "why"),
    [
        (b'{"a":1,"a":2}', "it is not strict JSON"),
        (b"{", "it is not strict JSON"),
        (b'{"a":NaN}', "it is not strict JSON"),
        (b"[]", "it is not an object"),
    ],
)
def test_an_answer_that_is_no_strict_object_is_told_so(encoded: bytes, why: str) -> None:
    with pytest.raises(compact.Odd) as odd:
        compact.members(encoded)
    assert odd.value.why == why
    assert compact.members(b'{"a":{"b":[]}}') == {"a": {"b": []}}
