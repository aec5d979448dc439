"""Schemathesis over the description, at the running service: no 500, nothing that is not as it is
described, no sign-in passed over, nothing wrong taken, and chains of calls along the links.

By default it asks some addresses of each sort; SCHEMATHESIS_EXAMPLES=20 asks all, that often each.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Running, mint_token
from tests.people import new_person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

FOLDER = Path(__file__).with_name("schemathesis")
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES")
SOME = (
    "check_words",
    "list_goals",
    "add_a_goal",
    "read_a_goal",
    "change_a_goal",
    "take_a_goal_away",
    "ask_for_help",
    "list_requests_for_help",
    "read_a_request_for_help",
    "accept_a_move_of_a_request",
    "load_contacts",
    "what_matters",
    "measures_of_a_person",
    "measures_of_several_people",
)
SEED = "26"


def narrowed(description: dict[str, Any]) -> dict[str, Any]:
    """The description with only some of its operations, and the links between those."""
    for path, methods in list(description["paths"].items()):
        for method, operation in list(methods.items()):
            if operation["operationId"] not in SOME:
                del methods[method]
            for response in operation["responses"].values():
                links = response.get("links", {})
                response["links"] = {name: links[name] for name in links if name in SOME}
        if not methods:
            del description["paths"][path]
    return description


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    """Whom the examples are of: not Tamsin, of whom other tests read."""
    return new_person(surgery, known_to=("gp-surgery", "harbour-befriending", "council-care"))


@pytest.fixture(scope="module")
def told(service: Running, person: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What Schemathesis says of the service, once it has nothing to say against it."""
    folder = tmp_path_factory.mktemp("schemathesis")
    base = f"{service.settings.base_url}/api"
    headers = {"Authorization": f"Bearer {mint_token(service.settings, 'gp-surgery')}"}
    with httpx.Client(headers=headers, base_url=base) as api:
        goal = api.post(f"/people/{person}/goals", json={"words": "To walk", "began": "2026"})
        text = api.get("/openapi.json").text
    text = text.replace("tamsin-pender-walk-to-the-quay", goal.json()["id"])
    description = json.loads(text.replace("tamsin-pender", person))
    (folder / "openapi.json").write_text(
        json.dumps(description if EXAMPLES else narrowed(description)), encoding="utf-8"
    )
    # The edges of each field come first, and are the same each time; then what is drawn.
    phases = "examples,coverage,fuzzing,stateful" if EXAMPLES else "coverage,stateful"
    run = subprocess.run(  # noqa: S603 - the command of a package of ours
        [
            *(Path(sys.executable).with_name("st"), "--config-file", FOLDER / "schemathesis.toml"),
            *("run", "openapi.json", "--url", base, "--checks", "all", "--seed", SEED),
            *("--header", f"Authorization: {headers['Authorization']}", "--no-color"),
            *("--phases", phases, "--max-examples", EXAMPLES or "4", "--continue-on-failure"),
        ],
        cwd=folder,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": str(FOLDER / "hooks.py"),
            "SCHEMATHESIS_PERSON": person,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_every_answer_is_as_it_is_described(told: str) -> None:
    assert f"Tested: {len(SOME)}" in told or EXAMPLES


def test_chains_of_calls_are_made_along_the_links(told: str) -> None:
    links = re.search(r"API Links: +(\d+) covered", told)
    assert links, told
    assert int(links[1]) > 0, told
