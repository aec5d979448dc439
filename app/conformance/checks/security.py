"""Security: who may come in, and how far.

Spec: https://www.rfc-editor.org/rfc/rfc6750, https://www.rfc-editor.org/rfc/rfc8725,
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

import base64
import json

from app.conformance.bench import Bench, address, matches, new_value
from app.conformance.exchange import Caller
from app.conformance.made_up import SYSTEM, observation, patient
from app.conformance.requirement import GUIDE, SMART, Group, rows
from app.conformance.unmet import NotOffered, NotTried, expect
from app.conformance.verdict import MUST, SHOULD

_BEARER = "https://www.rfc-editor.org/rfc/rfc6750#section-3"
_JWT = "https://www.rfc-editor.org/rfc/rfc8725#section-3"


def a_request_without_a_token_is_401(bench: Bench) -> None:
    _token(bench)
    nobody = bench.as_token(None)
    nobody.ask("GET", bench.person).must_be(401, when="Reading without a token")
    nobody.ask("GET", "Patient", params={"_count": "1"}).must_be(
        401, when="Searching without a token"
    )
    answer = nobody.ask("POST", "Patient", patient(new_value()))
    answer.must_be(401, when="Creating without a token")
    answer = nobody.ask("DELETE", bench.person)
    answer.must_be(401, when="Deleting without a token")


def a_401_says_how_to_sign_in(bench: Bench) -> None:
    _token(bench)
    answer = bench.as_token(None).ask("GET", bench.person)
    answer.must_be(401, when="Reading without a token")
    said = answer.headers.get("www-authenticate", "")
    expect(said.lower().startswith("bearer"), "An answer of 401 has no WWW-Authenticate: Bearer.")


def what_the_server_can_do_is_open_to_all(bench: Bench) -> None:
    answer = bench.as_token(None).ask("GET", "metadata")
    answer.must_be(200, when="Asked for metadata without a token")


def a_made_up_token_is_401(bench: Bench) -> None:
    _token(bench)
    for made_up in ("kit", "kit.kit.kit", "e30.e30."):
        _expect_stranger(bench, bench.as_token(made_up), "with a made-up token")


def a_token_whose_words_were_altered_is_401(bench: Bench) -> None:
    header, claims, signature = _parts(bench)
    said = json.loads(_decoded(claims))
    said["exp"] = int(said.get("exp", 0)) + 3600
    altered = _encoded(json.dumps(said).encode())
    caller = bench.as_token(f"{header}.{altered}.{signature}")
    _expect_stranger(bench, caller, "with a token whose words were altered")


def a_token_whose_signature_was_altered_is_401(bench: Bench) -> None:
    header, claims, signature = _parts(bench)
    raw = bytearray(_decoded(signature))
    raw[len(raw) // 2] ^= 1
    caller = bench.as_token(f"{header}.{claims}.{_encoded(bytes(raw))}")
    _expect_stranger(bench, caller, "with a token whose signature was altered")


def a_token_without_a_signature_is_401(bench: Bench) -> None:
    header, claims, _ = _parts(bench)
    said = json.loads(_decoded(header))
    for algorithm in ("none", "None"):
        unsigned = _encoded(json.dumps(said | {"alg": algorithm}).encode())
        caller = bench.as_token(f"{unsigned}.{claims}.")
        _expect_stranger(bench, caller, "with a token that nobody signed")


def a_token_in_the_address_is_not_taken(bench: Bench) -> None:
    token = _token(bench)
    answer = bench.as_token(None).ask("GET", bench.person, params={"access_token": token})
    # What stands in an address stands in logs too.
    bench.ledger.exchanges.clear()
    answer.must_refuse(when="Given a token in the address")


def whoever_may_only_read_cannot_write(bench: Bench) -> None:
    if bench.target.reading_token is None:
        raise NotTried("This takes a token that may only read: give --reading-token.")
    bench.claims.need("Patient", "create", "read")
    reader = bench.as_token(bench.target.reading_token)
    made = bench.create(patient(new_value()))
    reader.ask("GET", address(made)).must_be(200, when="Reading with the token that may read")
    answer = reader.ask("POST", "Patient", patient(new_value()))
    answer.must_be(403, when="Creating with a token that may only read")
    answer = reader.ask("PUT", address(made), made | {"gender": "other"})
    answer.must_be(403, when="Updating with a token that may only read")
    answer = reader.ask("DELETE", address(made))
    answer.must_be(403, when="Deleting with a token that may only read")
    expect(bench.read(address(made)).json == made, "A token that may only read has written.")


def another_person_s_record_cannot_be_read(bench: Bench) -> None:
    other = bench.other()
    place = _observed(bench)
    for hidden in (bench.person, place):
        answer = other.ask("GET", hidden)
        answer.must_be(403, 404, when="Reading what the second caller must not see")
        expect("identifier" not in answer.text, "The refusal holds what it refuses.")


def another_person_s_record_cannot_be_found(bench: Bench) -> None:
    other = bench.other()
    place = _observed(bench)
    for kind, params in (
        ("Patient", {"_id": bench.person.split("/")[1]}),
        ("Observation", {"_id": place.split("/")[1]}),
        ("Observation", {"identifier": f"{SYSTEM}|"}),
    ):
        bench.claims.need_parameter(kind, *params)
        answer = other.ask("GET", kind, params=params)
        if answer.status == 200:
            expect(not matches(answer.json), "The second caller finds what they must not see.")
            expect(not answer.json.get("total"), "A total counts what the caller must not see.")
        else:
            answer.must_be(403, 404, when="Searching for what the second caller must not see")


def another_person_s_record_cannot_be_changed(bench: Bench) -> None:
    other = bench.other()
    place = _observed(bench)
    there = bench.read(place).json
    answer = other.ask("PUT", place, there | {"status": "amended"})
    answer.must_refuse(when="Changing what the second caller must not see")
    answer = other.ask("DELETE", place)
    # A server that hides it may answer as it does for what is not there.
    answer.must_be(200, 204, 403, 404, when="Deleting what the second caller must not see")
    answer = other.ask("POST", "Observation", observation(new_value(), bench.person))
    expect(answer.status not in (200, 201), "The second caller wrote into another's record.")
    expect(bench.read(place).json == there, "The second caller changed what they must not see.")


def a_person_finds_nobody_but_themselves(bench: Bench) -> None:
    if bench.target.person_token is None:
        raise NotTried("This takes a person's token: give --person-token.")
    bench.claims.need_parameter("Patient", "_id")
    bench.person  # noqa: B018  (somebody else is there to be found)
    person = bench.as_token(bench.target.person_token)
    answer = person.ask("GET", "Patient", params={"_count": "50"})
    answer.must_be(200, when="A person looking for Patients")
    found = {str(one.get("id")) for one in matches(answer.json)}
    expect(len(found) <= 1, "A person's token finds other people.")
    expect(bench.person.split("/")[1] not in found, "A person's token finds the made-up person.")


def _token(bench: Bench) -> str:
    if bench.target.token is None:
        raise NotTried("This takes a token: give --token, or --client-id and --private-key.")
    bench.claims.need("Patient", "create", "read")
    return bench.target.token


def _parts(bench: Bench) -> list[str]:
    parts = _token(bench).split(".")
    if len(parts) != 3:
        raise NotOffered("The server's tokens are no signed JSON Web Tokens: none can be altered.")
    return parts


def _expect_stranger(bench: Bench, caller: Caller, how: str) -> None:
    caller.ask("GET", bench.person).must_be(401, when=f"Reading {how}")


def _observed(bench: Bench) -> str:
    bench.claims.need("Observation", "create", "read", "update", "delete")
    return address(bench.create(observation(new_value(), bench.person)))


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


REQUIREMENTS = rows(
    Group.SECURITY,
    (
        (MUST, _BEARER, a_request_without_a_token_is_401),
        (MUST, _BEARER, a_401_says_how_to_sign_in),
        (SHOULD, GUIDE + "#security", what_the_server_can_do_is_open_to_all),
        (MUST, f"{_BEARER}.1", a_made_up_token_is_401),
        (MUST, _JWT, a_token_whose_words_were_altered_is_401),
        (MUST, _JWT, a_token_whose_signature_was_altered_is_401),
        (MUST, _JWT, a_token_without_a_signature_is_401),
        (SHOULD, GUIDE + "#security", a_token_in_the_address_is_not_taken),
        (MUST, SMART + "scopes-and-launch-context.html", whoever_may_only_read_cannot_write),
        (MUST, GUIDE + "#security", another_person_s_record_cannot_be_read),
        (MUST, GUIDE + "#security", another_person_s_record_cannot_be_found),
        (MUST, GUIDE + "#security", another_person_s_record_cannot_be_changed),
        (MUST, GUIDE + "#security", a_person_finds_nobody_but_themselves),
    ),
)
