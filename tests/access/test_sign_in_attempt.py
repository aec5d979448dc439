"""A sign-in under way travels sealed: nobody else makes one, reads one, or keeps one for long."""

import base64
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from app.access.sign_in_attempt import GOOD_FOR_SECONDS, Attempt, new, seal, unseal

NOW = 1_800_000_000.0
KEY = b"k" * 32


def attempt() -> Attempt:
    return new("https://login.example", "/sign-in/me", NOW, fresh=False)


def test_what_was_sealed_comes_back_and_shows_nothing_meanwhile() -> None:
    made = attempt()
    sealed = seal(KEY, made)
    assert unseal(KEY, sealed, NOW + 1) == made
    for part in sealed.split("."):
        opened = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        for secret in (made.state, made.nonce, made.verifier):
            assert secret.encode() not in opened


def test_it_is_good_for_ten_minutes_and_no_longer() -> None:
    sealed = seal(KEY, attempt())
    assert unseal(KEY, sealed, NOW + GOOD_FOR_SECONDS) is not None
    assert unseal(KEY, sealed, NOW + GOOD_FOR_SECONDS + 1) is None
    assert unseal(KEY, sealed, NOW - 61) is None


def test_no_two_have_a_secret_in_common_and_each_is_long() -> None:
    made = [attempt() for _ in range(50)]
    secrets = [one for each in made for one in (each.state, each.nonce, each.verifier)]
    assert len(set(secrets)) == len(secrets)
    assert {len(one) for one in secrets} == {43}


def test_the_challenge_is_the_s256_of_the_verifier() -> None:
    made = attempt()
    digest = sha256(made.verifier.encode()).digest()
    assert made.challenge == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_another_key_opens_nothing() -> None:
    assert unseal(b"another key of this length......", seal(KEY, attempt()), NOW) is None


@given(st.data())
def test_whatever_is_changed_in_it_is_noticed(data: st.DataObject) -> None:
    sealed = seal(KEY, attempt())
    place = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_."))
    changed = sealed[:place] + letter + sealed[place + 1 :]
    opened = unseal(KEY, changed, NOW)
    # The last letter of a part may spell the same bytes in several ways.
    assert opened is None or changed == sealed or opened == unseal(KEY, sealed, NOW)


@given(st.text(max_size=200))
def test_noise_opens_nothing(noise: str) -> None:
    assert unseal(KEY, noise, NOW) is None
