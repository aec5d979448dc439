"""What is committed is what the API's description makes."""

import json

import pytest

from clients.make.made import CLIENT, COLLECTION, Made, description


@pytest.mark.parametrize("made", CLIENT + COLLECTION, ids=lambda made: made.path.name)
def test_what_is_committed_is_what_is_made(made: Made) -> None:
    assert made.path.read_text(encoding="utf-8") == made.text(), (
        "Type `make client collection`, and look at what changed."
    )


def test_the_collection_has_every_address_with_what_it_takes() -> None:
    folders = json.loads(COLLECTION[0].text())["item"]
    requests = [one["request"] for folder in folders for one in folder["item"]]
    methods = [one for paths in description()["paths"].values() for one in paths]
    assert len(requests) == len(methods)
    for one in requests:
        assert one["url"]["raw"].startswith("{{base_url}}/api/")
        sent = {header["key"] for header in one["header"]}
        assert ("If-Match" in sent) == (
            one["method"] in ("PATCH", "DELETE")
            or (one["method"] == "POST" and "/{{id}}" in one["url"]["raw"])
        )
        assert "body" not in one or isinstance(json.loads(one["body"]["raw"]), dict)


def test_the_environment_is_the_demos() -> None:
    values = {one["key"]: one["value"] for one in json.loads(COLLECTION[1].text())["values"]}
    assert values["base_url"] == "http://127.0.0.1:8000"
    assert values["person"] == "tamsin-pender"
    assert values["token"] == ""
