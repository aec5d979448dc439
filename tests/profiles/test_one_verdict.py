"""10,000 spoilt resources are judged the same by `$validate`, by the write path and offline."""

import copy
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli.commands import cli
from app.fhir.json_guard import encode, parse
from app.fhir.library import FOLDER
from app.fhir.resource_types import RESOURCE_TYPES, Json

AT_ONCE = 200
TURNS = 50
REFUSED_LATER = {"not-found", "business-rule", "forbidden", "conflict", "duplicate"}
Verdict = list[tuple[str | None, str | None]]


def examples() -> list[Json]:
    files = sorted(Path(FOLDER / "examples" / "profiles").glob("*/valid-*.json"))
    trees = [parse(path.read_bytes()) for path in files]
    # What only the service writes is never sent.
    return [one for one in trees if not RESOURCE_TYPES[one["resourceType"]].read_only]


EXAMPLES = examples()
OTHERS: list[Any] = ["x", 7, True, [], {}, ["x"], {"text": "x"}, "2026-13-01", {"reference": "a b"}]


def spoilt(seed: int) -> Json:
    """An example with one or two places dropped, doubled, of another type, code or slice."""
    chance = random.Random(seed)  # noqa: S311  (it must come out the same again)
    tree = copy.deepcopy(chance.choice(EXAMPLES))
    for _ in range(chance.randint(1, 2)):
        node, name = chance.choice([*places(tree)] or [(tree, "language")])
        chance.choice((drop, double, retype, recode, reslice))(chance, node, name)
    return tree


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for name, value in items:
        if name in ("resourceType", "meta"):
            continue
        yield node, name
        if isinstance(value, dict | list):
            yield from places(value)


def drop(_chance: random.Random, node: Any, name: Any) -> None:
    del node[name]


def double(_chance: random.Random, node: Any, name: Any) -> None:
    value = copy.deepcopy(node[name])
    if isinstance(node, list):
        node.append(value)
    else:
        node[name] = [*value, *value] if isinstance(value, list) else [value, value]


def retype(chance: random.Random, node: Any, name: Any) -> None:
    node[name] = copy.deepcopy(chance.choice(OTHERS))


def recode(chance: random.Random, node: Any, name: Any) -> None:
    if isinstance(node[name], str):
        node[name] = chance.choice(["no-such-code", "cancelled", "completed", "on-hold"])


def reslice(chance: random.Random, node: Any, name: Any) -> None:
    if isinstance(node, dict) and isinstance(node[name], str):
        node[name] = chance.choice(["https://example.org/other", "overall", "told-again"])


HEADERS = {"Content-Type": "application/fhir+json"}


def looked_at(client: httpx.Client, resource: Json) -> Json:
    path = f"/{resource['resourceType']}/$validate"
    found: Json = client.post(path, content=encode(resource), headers=HEADERS).json()
    return found


def written(client: httpx.Client, resources: list[Json]) -> list[Json]:
    entries = [
        {"resource": one, "request": {"method": "POST", "url": one["resourceType"]}}
        for one in resources
    ]
    body = encode({"resourceType": "Bundle", "type": "batch", "entry": entries})
    answer = client.post("/", content=body, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    return [entry["response"] for entry in answer.json()["entry"]]


def judged_offline(resources: list[Json], file: Path) -> list[Verdict]:
    """What `whatmatters validate` tells of each, as lines of one file."""
    file.write_bytes(b"".join(encode(one) + b"\n" for one in resources))
    typed = ["validate", str(file), "--no-warnings", "--format", "json"]
    told = json.loads(CliRunner().invoke(cli, typed).stdout)
    assert told["resources"] == len(resources)
    verdicts: list[Verdict] = [[] for _ in resources]
    for issue in told["issues"]:
        verdicts[issue["line"] - 1].append((issue["expression"], issue["rule"]))
    return [sorted(one, key=str) for one in verdicts]


def verdict(outcome: Json) -> Verdict:
    found = [
        (
            (issue.get("expression") or [None])[0],
            next((code["code"] for code in issue["details"].get("coding", ())), None),
        )
        for issue in outcome.get("issue", ())
        if issue["severity"] in ("error", "fatal")
    ]
    return sorted(found, key=str)


@settings(
    max_examples=TURNS,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**40))
def test_a_spoilt_resource_is_judged_the_same_everywhere(
    surgery: httpx.Client, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    resources = [spoilt(seed + n) for n in range(AT_ONCE)]
    offline = judged_offline(resources, tmp_path_factory.mktemp("spoilt") / "all.ndjson")
    with ThreadPoolExecutor(4) as pool:
        looked = list(pool.map(partial(looked_at, surgery), resources))
    answers = written(surgery, resources)
    for one, ours, seen, answer in zip(resources, offline, looked, answers, strict=True):
        assert verdict(seen) == ours, one
        outcome = answer.get("outcome", {})
        if ours:
            assert answer["status"].startswith("422"), (one, answer)
            assert verdict(outcome) == ours, one
        else:  # right, though what it refers to may not be here
            codes = {issue["code"] for issue in outcome.get("issue", ())}
            assert answer["status"].startswith("201") or codes <= REFUSED_LATER, (one, answer)
