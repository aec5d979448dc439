"""The form of an answer, whatever Accept says."""

from hypothesis import given
from hypothesis import strategies as st

from app.endpoints.rest.forms import HTML, JSON, TEXT, wanted_form
from app.errors import NotAcceptable

OFFERED = (JSON, HTML, TEXT)
RANGE = st.sampled_from(("*/*", "text/*", "application/*", *OFFERED, "image/png", "", "text", "*"))
QUALITY = st.sampled_from(
    ("", ";q=1", ";q=0.3", ";q=0", ";q=", ";q=soon", ";level=1;q=0.7", "; q = 9")
)


@given(st.lists(st.builds(str.__add__, RANGE, QUALITY)))
def test_any_accept_gives_a_form_that_is_offered_or_a_plain_no(ranges: list[str]) -> None:
    try:
        form = wanted_form({b"accept": ", ".join(ranges).encode()}, OFFERED)
    except NotAcceptable:
        assert not any(one in OFFERED for one in ranges)
        return
    assert form in OFFERED


@given(st.binary(max_size=60))
def test_no_header_whatever_breaks_it(header: bytes) -> None:
    try:
        assert wanted_form({b"accept": header}, OFFERED) in OFFERED
    except NotAcceptable:
        assert header


@given(st.sampled_from(OFFERED), st.permutations(OFFERED))
def test_a_form_that_is_named_alone_is_given_in_whatever_order_they_are_offered(
    named: str, offered: list[str]
) -> None:
    assert wanted_form({b"accept": f"{named};q=0.1".encode()}, offered) == named
