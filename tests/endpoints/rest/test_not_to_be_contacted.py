"""Where getting in touch with somebody could put them in danger, whoever helps is told so first."""

from collections.abc import Callable
from typing import Any

import httpx

from app.what_matters.help_chain import HOW_IS_NOT_SAID, SDOH
from tests.endpoints.asking import about
from tests.endpoints.rest.helping import BEFRIENDERS, ask, move, where
from tests.endpoints.rest.test_goals import if_match
from tests.endpoints.sharing import stored

Json = dict[str, Any]
SURGERY = {"kind": "organisation", "id": "gp-surgery"}
FRIDAY = "Do not ring or write. I will ring on a Friday."


def test_it_is_told_with_the_request_in_every_list_and_in_the_answer_to_a_move(
    me: httpx.Client, asker: str, befrienders: httpx.Client
) -> None:
    made = ask(me, asker, of=BEFRIENDERS, do_not_contact=FRIDAY)
    (asked,) = (
        one
        for one in befrienders.get("/requests").json()["entries"]
        if one["id"] == made.json()["id"]
    )
    listed = befrienders.get(f"/people/{asker}/requests").json()["entries"][0]
    taken = move(befrienders, made, "accept").json()
    assert [one["do_not_contact"] for one in (asked, listed, taken)] == [FRIDAY] * 3


def test_it_is_told_of_what_a_partner_asks_as_fhir_without_saying_how_they_will_be_in_touch(
    surgery: httpx.Client, asker: str, api: httpx.Client
) -> None:
    coding = {"system": SDOH, "code": "contacting-subject-prohibited"}
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"text": "A safe room"},
        "subject": {"reference": f"Patient/{asker}"},
        "orderDetail": [{"coding": [coding]}],
    }
    id = stored(surgery, request).partition("/")[2]
    told = api.get(f"/people/{asker}/requests/{id}").json()
    assert told["do_not_contact"] == HOW_IS_NOT_SAID
    assert told["also"]["orderDetail"] == request["orderDetail"]


def test_it_stands_on_the_page_before_how_to_reach_them_and_with_the_request(
    me: httpx.Client, asker: str, api: httpx.Client
) -> None:
    ask(me, asker, words="A lift on Mondays")
    ask(me, asker, words="A safe room", do_not_contact=FRIDAY)
    page = api.get(f"/people/{asker}/what-matters").json()
    care = f"Do not get in touch about “A safe room”: it could put me in danger. {FRIDAY}"
    assert [one["words"] for one in page["how_to_talk"]["take_care"]] == [care]
    assert [one["do_not_contact"] for one in page["requests"]] == ["", FRIDAY]
    for form in ("text/plain", "text/html"):
        text = api.get(f"/people/{asker}/what-matters", headers={"Accept": form}).text
        assert FRIDAY in " ".join(text.split())
    threads = api.get(f"/people/{asker}/said-and-done", headers={"Accept": "text/plain"}).text
    assert f"Do not get in touch about it. {FRIDAY}" in " ".join(threads.split())


def test_who_tells_them_what_came_of_it_says_how_they_were_in_touch(
    me: httpx.Client, asker: str, befrienders: httpx.Client
) -> None:
    of = move(befrienders, ask(me, asker, of=BEFRIENDERS, do_not_contact=FRIDAY), "accept")
    of = move(befrienders, of, "done")
    refused = move(befrienders, of, "tell-back", words="There is a room.")
    assert refused.status_code == 422
    (fault,) = refused.json()["faults"]
    assert fault["field"] == "how"
    assert FRIDAY in fault["detail"]
    assert befrienders.get(where(of)).json()["state"] == "done"
    told = move(befrienders, of, "tell-back", words="There is a room.", how="She rang us.")
    assert (told.status_code, told.json()["state"]) == (200, "told-back")


def test_a_contact_is_planned_only_with_why_it_is_safe_and_what_happened_is_written_down(
    me: httpx.Client, asker: str, api: httpx.Client
) -> None:
    request = ask(me, asker, do_not_contact=FRIDAY).json()["id"]
    contact: Json = {"began": "2099-05-01T10:00:00Z", "how": "by-phone-or-video"}
    contact |= {"organisation": SURGERY, "requests_for_help": [request], "state": "planned"}
    path = f"/people/{asker}/contacts"
    refused = api.post(path, json=contact)
    assert refused.status_code == 422, refused.text
    (fault,) = refused.json()["faults"]
    assert (fault["field"], FRIDAY in fault["detail"]) == ("why", True)
    assert api.post(path, json={**contact, "why": "She said she will ring."}).status_code == 201
    over = {"began": "2026-05-01", "ended": "2026-05-01", "state": "over"}
    assert api.post(path, json={**contact, **over}).status_code == 201
    other = ask(me, asker).json()["id"]
    assert api.post(path, json={**contact, "requests_for_help": [other]}).status_code == 201
    night = [{**contact, "person": asker, "your_reference": f"night-{asker}"}]
    loaded = api.post("/contacts", json={"contacts": night}).json()
    assert (loaded["refused"], loaded["contacts"][0]["faults"][0]["field"]) == (1, "why")


def test_the_log_tells_that_it_was_refused_and_none_of_their_words(
    me: httpx.Client,
    asker: str,
    befrienders: httpx.Client,
    api: httpx.Client,
    as_client: Callable[..., httpx.Client],
) -> None:
    words = "Ask for Morwenna at the bakery."
    of = move(befrienders, ask(me, asker, of=BEFRIENDERS, do_not_contact=words), "accept")
    planned: Json = {"began": "2099-05-01", "how": "by-phone-or-video", "state": "planned"}
    planned |= {"organisation": SURGERY, "requests_for_help": [of.json()["id"]]}
    of = move(befrienders, of, "done")
    key = {"Idempotency-Key": f"told-{asker}"}
    night = [{**planned, "person": asker, "your_reference": f"night-{asker}"}]
    told = [
        move(befrienders, of, "tell-back", words="There is a room."),
        befrienders.post(f"{where(of)}/tell-back", json={"words": "x"}, headers=if_match(of) | key),
        api.post(f"/people/{asker}/contacts", json=planned),
        api.post("/contacts", json={"contacts": night}),
    ]
    assert all(words in one.text for one in told)
    log = [one for one in about(as_client("privacy-officer"), asker) if one["outcome"] == "4"]
    assert len(log) == len(told)
    assert all(one["outcomeDesc"].startswith("Do not get in touch about this") for one in log)
    assert "Morwenna" not in str(log)


def test_a_contact_that_is_changed_to_a_planned_one_says_why_it_is_safe_too(
    me: httpx.Client, asker: str, api: httpx.Client
) -> None:
    request = ask(me, asker, do_not_contact=FRIDAY).json()["id"]
    contact: Json = {"began": "2099-05-01T10:00:00Z", "how": "by-phone-or-video"}
    contact |= {"organisation": SURGERY, "state": "called-off"}
    path = f"/people/{asker}/contacts"
    off = api.post(path, json={**contact, "requests_for_help": [request]})
    free = api.post(path, json={**contact, "state": "planned"})
    for made, change in (
        (off, {"state": "planned"}),
        (free, {"requests_for_help": [request]}),
    ):
        at = f"{path}/{made.json()['id']}"
        refused = api.patch(at, json=change, headers=if_match(made))
        assert refused.status_code == 422, refused.text
        (fault,) = refused.json()["faults"]
        assert (fault["field"], FRIDAY in fault["detail"]) == ("why", True)
        assert api.get(at).json()["version"] == 1
        why = {**change, "why": "She said she will ring."}
        safe = api.patch(at, json=why, headers=if_match(made))
        assert safe.status_code == 200, safe.text
        bare = api.patch(at, json={"why": None}, headers=if_match(safe))
        assert bare.status_code == 422
    also = api.patch(
        f"{path}/{off.json()['id']}", json={"state": "called-off"}, headers=if_match(off)
    )
    assert also.status_code == 412
