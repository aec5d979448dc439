"""REST basics: read, create, update, delete and patch.

Spec: https://hl7.org/fhir/R4/http.html
"""

from uuid import uuid4

from app.conformance.bench import Bench, address, new_value
from app.conformance.made_up import SYSTEM, Kind
from app.conformance.requirement import R4, Group, rows
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MUST, SHOULD
from app.fhir.resource_types import Json

JSON_PATCH = "application/json-patch+json"
_SERVER_S_OWN = ("id", "meta", "text")


def the_server_says_what_it_can_do(bench: Bench) -> None:
    bench.metadata.must_be(200, when="Asked for metadata")
    kind = bench.metadata.resource_type
    expect(kind == "CapabilityStatement", f"metadata is no CapabilityStatement, but: {kind}.")
    expect(bench.claims.rest, "The CapabilityStatement says nothing of the server (rest).")


def the_capability_statement_is_of_r4_and_whole(bench: Bench) -> None:
    statement = bench.claims.statement
    for element in ("status", "date", "kind", "fhirVersion", "format"):
        expect(statement.get(element), f"The CapabilityStatement has no {element}.")
    version = str(statement["fhirVersion"])
    expect(version.startswith("4.0"), f"The server speaks FHIR {version}, and not R4 (4.0.1).")


def a_create_answers_201_with_the_location(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.caller.ask("POST", kind.type, bench.body(kind))
    answer.must_be(201, when=f"After a {kind.type} was created")
    location = answer.headers.get("location", "")
    expect(location, "The answer to a create has no Location.")
    place = bench.created(kind.type, answer)
    expect(
        f"{location.rstrip('/')}/".find(f"/{place}/") >= 0 or location.startswith(place),
        "The Location of a create is not the address of what was made.",
    )
    bench.read(place)


def the_location_of_a_create_can_be_read(bench: Bench) -> None:
    kind = bench.kind()
    value = new_value()
    answer = bench.caller.ask("POST", kind.type, bench.body(kind, value))
    location = answer.must_be(201, when="After a create").headers.get("location", "")
    expect(location, "The answer to a create has no Location.")
    if "/_history/" in location and not bench.claims.does(kind.type, "vread"):
        location = location.split("/_history/")[0]
    found = bench.caller.ask("GET", location).must_be(200, when="Reading a create's Location")
    expect(_has(found.json, value), "The Location of a create leads to something else.")


def a_create_ignores_an_id_that_was_sent(bench: Bench) -> None:
    kind = bench.kind()
    sent = f"kit-{uuid4().hex[:20]}"
    answer = bench.caller.ask("POST", kind.type, bench.body(kind) | {"id": sent})
    answer.must_be(201, when="After a create with an id in the body")
    expect(
        bench.created(kind.type, answer) != f"{kind.type}/{sent}",
        "A create took the id from the body.",
    )


def a_read_gives_what_was_created(bench: Bench) -> None:
    kind = bench.kind()
    body = bench.body(kind)
    found = bench.create(body)
    kept = {name: value for name, value in found.items() if name not in _SERVER_S_OWN}
    lost = [name for name, value in body.items() if kept.get(name) != value]
    expect(not lost, f"A read does not give back what was created: {', '.join(lost)}.")


def a_read_of_an_id_that_never_was_is_404(bench: Bench) -> None:
    kind = bench.kind()
    answer = bench.caller.ask("GET", f"{kind.type}/{uuid4().hex}")
    answer.must_be(404, when="Reading an id that never was")


def an_update_replaces_the_whole_resource(bench: Bench) -> None:
    kind = bench.kind("update")
    made = bench.make(kind)
    changed = _changed(made, kind, 1)
    answer = bench.caller.ask("PUT", address(made), changed)
    answer.must_be(200, when=f"After a {kind.type} was updated")
    found = bench.read(address(made)).json
    expect(found.get(kind.element) == kind.values[1], "A read after an update gives the old value.")
    without = {name: value for name, value in changed.items() if name != kind.element}
    bench.caller.ask("PUT", address(made), without).must_be(200, when="After an update")
    expect(
        kind.element not in bench.read(address(made)).json,
        "What an update leaves out is still there: it was merged and not replaced.",
    )


def an_update_whose_body_has_another_id_is_refused(bench: Bench) -> None:
    kind = bench.kind("update")
    made = bench.make(kind)
    answer = bench.caller.ask("PUT", address(made), made | {"id": uuid4().hex})
    answer.must_refuse(when="Updated with the body of another id")


def an_update_without_an_id_in_its_body_is_refused(bench: Bench) -> None:
    kind = bench.kind("update")
    made = bench.make(kind)
    without = {name: value for name, value in made.items() if name != "id"}
    bench.caller.ask("PUT", address(made), without).must_refuse(when="Updated without an id")


def an_update_of_a_new_id_creates_it(bench: Bench) -> None:
    kind = bench.kind("update")
    bench.claims.says(kind.type, "updateCreate")
    place = f"{kind.type}/kit-{uuid4().hex[:20]}"
    body = bench.body(kind) | {"id": place.split("/")[1]}
    answer = bench.caller.ask("PUT", place, body)
    if answer.status in (200, 201):
        bench.ledger.note_created(place)
    answer.must_be(201, when="After an update of an id that was not there")
    expect(bench.read(place).json.get("id") == body["id"], "It was made under another id.")


def what_was_deleted_can_no_longer_be_read(bench: Bench) -> None:
    kind = bench.kind("delete")
    place = address(bench.make(kind))
    bench.caller.ask("DELETE", place).must_be(200, 202, 204, when="Deleting")
    bench.caller.ask("GET", place).must_be(404, 410, when="Reading what was deleted")


def a_delete_may_be_asked_twice(bench: Bench) -> None:
    kind = bench.kind("delete")
    place = address(bench.make(kind))
    for time in ("once", "twice"):
        bench.caller.ask("DELETE", place).must_be(200, 202, 204, when=f"Deleting {time}")


def a_json_patch_changes_only_what_it_names(bench: Bench) -> None:
    kind = _patched(bench)
    made = bench.make(kind)
    change = [{"op": "replace", "path": f"/{kind.element}", "value": kind.values[1]}]
    answer = bench.caller.ask("PATCH", address(made), change, headers={"Content-Type": JSON_PATCH})
    answer.must_be(200, when="After a JSON Patch")
    found = bench.read(address(made)).json
    wanted = {**made, kind.element: kind.values[1], "meta": None, "text": None}
    expect(
        found | {"meta": None, "text": None} == wanted,
        "A JSON Patch changed something else than it names, or not what it names.",
    )


def a_json_patch_whose_test_fails_changes_nothing(bench: Bench) -> None:
    kind = _patched(bench)
    made = bench.make(kind)
    change = [
        {"op": "replace", "path": f"/{kind.element}", "value": kind.values[1]},
        {"op": "test", "path": f"/{kind.element}", "value": kind.values[2]},
    ]
    answer = bench.caller.ask("PATCH", address(made), change, headers={"Content-Type": JSON_PATCH})
    answer.must_refuse(when="After a JSON Patch whose test does not hold")
    found = bench.read(address(made)).json
    expect(found.get(kind.element) == kind.values[0], "A refused JSON Patch changed something.")


def _patched(bench: Bench) -> Kind:
    formats = bench.claims.statement.get("patchFormat") or ()
    if not {JSON_PATCH, "json-patch"} & set(formats):
        raise NotOffered("The server does not claim JSON Patch (patchFormat).")
    return bench.kind("patch")


def _changed(resource: Json, kind: Kind, which: int) -> Json:
    return resource | {kind.element: kind.values[which]}


def _has(resource: Json, value: str) -> bool:
    held = resource.get("identifier") or ()
    return any((one.get("system"), one.get("value")) == (SYSTEM, value) for one in held)


REQUIREMENTS = rows(
    Group.REST,
    (
        (MUST, R4 + "http.html#capabilities", the_server_says_what_it_can_do),
        (
            MUST,
            R4 + "capabilitystatement.html",
            the_capability_statement_is_of_r4_and_whole,
        ),
        (MUST, R4 + "http.html#create", a_create_answers_201_with_the_location),
        (MUST, R4 + "http.html#create", the_location_of_a_create_can_be_read),
        (MUST, R4 + "http.html#create", a_create_ignores_an_id_that_was_sent),
        (MUST, R4 + "http.html#read", a_read_gives_what_was_created),
        (MUST, R4 + "http.html#read", a_read_of_an_id_that_never_was_is_404),
        (MUST, R4 + "http.html#update", an_update_replaces_the_whole_resource),
        (MUST, R4 + "http.html#update", an_update_whose_body_has_another_id_is_refused),
        (MUST, R4 + "http.html#update", an_update_without_an_id_in_its_body_is_refused),
        (MUST, R4 + "http.html#upsert", an_update_of_a_new_id_creates_it),
        (MUST, R4 + "http.html#delete", what_was_deleted_can_no_longer_be_read),
        (SHOULD, R4 + "http.html#delete", a_delete_may_be_asked_twice),
        (MUST, R4 + "http.html#patch", a_json_patch_changes_only_what_it_names),
        (MUST, R4 + "http.html#patch", a_json_patch_whose_test_fails_changes_nothing),
    ),
)
