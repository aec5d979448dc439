"""What stands in the Authorization header, before anything of it is proven."""

import pytest

from app.access import token_form
from app.access.compact import LARGEST_BYTES
from app.errors import Unauthenticated
from tests.access.tokens import bearer


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
