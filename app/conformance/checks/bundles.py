"""Bundles: batch and transaction.

Spec: https://hl7.org/fhir/R4/http.html#transaction
"""

from uuid import uuid4

from app.conformance.bench import Bench, address, new_value
from app.conformance.exchange import Answer
from app.conformance.made_up import SYSTEM, bundle, observation, patient, post
from app.conformance.requirement import R4, Group, rows
from app.conformance.unmet import expect
from app.conformance.verdict import MUST
from app.fhir.resource_types import Json

# Refused by any server that reads what it is sent: the address names another type than the body.
_WRONG = {
    "resource": {"resourceType": "Observation"},
    "request": {"method": "POST", "url": "Patient"},
}


def a_batch_answers_each_entry_by_itself_and_in_order(bench: Bench) -> None:
    bench.claims.need_system("batch")
    value = new_value()
    read: Json = {"request": {"method": "GET", "url": bench.person}}
    answer = _send(bench, bundle("batch", _WRONG, post(patient(value)), read))
    answer.must_be(200, when="After a batch of which one entry is wrong")
    statuses = _statuses(answer, "batch-response")
    expect(len(statuses) == 3, f"A batch of three entries has {len(statuses)} answers.")
    expect(
        [one[0] for one in statuses] == ["4", "2", "2"],
        f"The answers of a batch are {', '.join(statuses)}; the first alone is wrong.",
    )


def a_transaction_is_all_or_nothing(bench: Bench) -> None:
    bench.claims.need_system("transaction")
    bench.claims.need_parameter("Patient", "identifier")
    value = new_value()
    answer = _send(bench, bundle("transaction", post(patient(value)), _WRONG))
    answer.must_refuse(when="After a transaction of which one entry is wrong")
    _expect_none(bench, value)


def a_transaction_answers_each_entry_in_order(bench: Bench) -> None:
    bench.claims.need_system("transaction")
    values = [new_value(), new_value()]
    answer = _send(bench, bundle("transaction", *(post(patient(value)) for value in values)))
    answer.must_be(200, when="After a right transaction")
    expect(len(_statuses(answer, "transaction-response")) == 2, "Two entries have not two answers.")
    for place, value in zip(_locations(answer), values, strict=True):
        held = bench.read(place).json["identifier"][0]["value"]
        expect(held == value, "The answers of a transaction are in another order than its entries.")


def a_transaction_leads_urn_uuid_references_to_what_was_made(bench: Bench) -> None:
    bench.claims.need_system("transaction")
    bench.claims.need("Observation", "create", "read")
    urn = f"urn:uuid:{uuid4()}"
    answer = _send(
        bench,
        bundle(
            "transaction",
            post(observation(new_value(), urn), f"urn:uuid:{uuid4()}"),
            post(patient(new_value()), urn),
        ),
    )
    answer.must_be(200, when="After a transaction with urn:uuid references")
    about, person = _locations(answer)
    reference = str(bench.read(about).json["subject"]["reference"])
    expect(
        reference == person or reference.endswith(f"/{person}"),
        "A urn:uuid reference does not lead to what was made of that entry.",
    )


def a_transaction_resolves_a_conditional_reference(bench: Bench) -> None:
    bench.claims.need_system("transaction")
    bench.claims.need("Observation", "create", "read")
    bench.claims.need_parameter("Patient", "identifier")
    value = new_value()
    person = address(bench.create(patient(value)))
    search = f"Patient?identifier={SYSTEM}|{value}"
    answer = _send(bench, bundle("transaction", post(observation(new_value(), search))))
    answer.must_be(200, when="After a transaction with a conditional reference")
    reference = str(bench.read(_locations(answer)[0]).json["subject"]["reference"])
    expect(
        reference == person or reference.endswith(f"/{person}"),
        "A conditional reference does not lead to what it finds.",
    )


def a_conditional_reference_that_finds_nothing_fails_the_transaction(bench: Bench) -> None:
    bench.claims.need_system("transaction")
    bench.claims.need("Observation", "create", "read")
    bench.claims.need_parameter("Patient", "identifier")
    value = new_value()
    search = f"Patient?identifier={SYSTEM}|{new_value()}"
    answer = _send(
        bench,
        bundle("transaction", post(patient(value)), post(observation(new_value(), search))),
    )
    answer.must_refuse(when="After a conditional reference that finds nothing")
    _expect_none(bench, value)


def a_transaction_heeds_if_none_exist(bench: Bench) -> None:
    bench.claims.need_system("transaction")
    bench.claims.says("Patient", "conditionalCreate")
    value = new_value()
    there = address(bench.create(patient(value)))
    condition = f"identifier={SYSTEM}|{value}"
    answer = _send(bench, bundle("transaction", post(patient(value), ifNoneExist=condition)))
    answer.must_be(200, when="After a transaction with ifNoneExist")
    [status] = _statuses(answer, "transaction-response")
    expect(status.startswith("200"), f"ifNoneExist that finds one is answered with {status}.")
    found = bench.ids("Patient", {"identifier": f"{SYSTEM}|{value}"})
    expect(found == {there.split("/")[1]}, "ifNoneExist made another one.")


def a_transaction_heeds_if_match(bench: Bench) -> None:
    bench.claims.need_system("transaction")
    bench.claims.need("Patient", "create", "read", "update")
    bench.claims.says("Patient", "versioning")
    made = bench.create(patient(new_value()))
    place = address(made)
    changed = made | {"gender": "other"}
    bench.caller.ask("PUT", place, changed).must_be(200, when="Updating")
    etag = f'W/"{made["meta"]["versionId"]}"'
    entry: Json = {
        "resource": made | {"gender": "male"},
        "request": {"method": "PUT", "url": place, "ifMatch": etag},
    }
    answer = _send(bench, bundle("transaction", entry))
    answer.must_refuse(when="After a transaction with an old version in ifMatch")
    expect(bench.read(place).json.get("gender") == "other", "An old ifMatch was not heeded.")


def a_transaction_that_names_one_thing_twice_is_refused(bench: Bench) -> None:
    bench.claims.need_system("transaction")
    bench.claims.need("Patient", "create", "read", "update")
    made = bench.create(patient(new_value()))
    entry: Json = {"resource": made, "request": {"method": "PUT", "url": address(made)}}
    answer = _send(bench, bundle("transaction", entry, entry))
    answer.must_refuse(when="After a transaction that updates one thing twice")


def _send(bench: Bench, sent: Json) -> Answer:
    return bench.caller.ask("POST", "", sent)


def _statuses(answer: Answer, kind: str) -> list[str]:
    found = answer.json
    expect(found.get("type") == kind, f"The answer's type is {found.get('type')}, and not {kind}.")
    return [str(entry["response"]["status"]) for entry in found.get("entry") or ()]


def _locations(answer: Answer) -> list[str]:
    """type/id of what each entry made."""
    found = []
    for entry in answer.json.get("entry") or ():
        location = str(entry["response"].get("location", "")).split("/_history/")[0]
        expect(location, "An entry that made something has no location.")
        found.append("/".join(location.split("/")[-2:]))
    return found


def _expect_none(bench: Bench, value: str) -> None:
    found = bench.ids("Patient", {"identifier": f"{SYSTEM}|{value}"})
    for one in found:
        bench.ledger.note_created(f"Patient/{one}")
    expect(not found, "A transaction that was refused has left something behind.")


REQUIREMENTS = rows(
    Group.BUNDLES,
    (
        (MUST, R4 + "http.html#brules", a_batch_answers_each_entry_by_itself_and_in_order),
        (MUST, R4 + "http.html#trules", a_transaction_is_all_or_nothing),
        (
            MUST,
            R4 + "http.html#transaction-response",
            a_transaction_answers_each_entry_in_order,
        ),
        (MUST, R4 + "http.html#trules", a_transaction_leads_urn_uuid_references_to_what_was_made),
        (MUST, R4 + "http.html#trules", a_transaction_resolves_a_conditional_reference),
        (
            MUST,
            R4 + "http.html#trules",
            a_conditional_reference_that_finds_nothing_fails_the_transaction,
        ),
        (MUST, R4 + "http.html#trules", a_transaction_heeds_if_none_exist),
        (MUST, R4 + "http.html#trules", a_transaction_heeds_if_match),
        (MUST, R4 + "http.html#trules", a_transaction_that_names_one_thing_twice_is_refused),
    ),
)
