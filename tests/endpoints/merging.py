"""Two administrators, and what they do about two records of one person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from app.settings import Settings
from tests.endpoints.emergencies import parameters, practitioner
from tests.endpoints.sharing import Json

AsClient = Callable[..., httpx.Client]
WHY = "The same woman: the surgery spelt her name as her mother does."


def administrator(settings: Settings, subject: str, **claims: Any) -> httpx.Client:
    """A client with the token of one administrator. subject: their own sign-in."""
    told: Json = {"role": "admin", "name": subject.title(), **claims}
    return practitioner(settings, subject, "care-board", **{"scope": "system/*.cruds", **told})


@dataclass(frozen=True)
class Administrators:
    """Two of them, as two people who sign in."""

    one: httpx.Client
    other: httpx.Client

    def merge(self, source: str, target: str) -> str:
        """Merges; the id of the proposal."""
        return _both(self, "merge", source=f"Patient/{source}", target=f"Patient/{target}")

    def unmerge(self, source: str) -> str:
        return _both(self, "unmerge", source=f"Patient/{source}")


def asked(client: httpx.Client, kind: str, **values: str) -> httpx.Response:
    return client.post(f"/Patient/${kind}", json=parameters(**values))


def proposed(client: httpx.Client, source: str, target: str) -> str:
    """The id of a proposal to merge."""
    made = asked(client, "merge", source=source, target=target, explanation=WHY)
    assert made.status_code == 200, made.text
    return str(told(made)["proposal"])


def told(answer: httpx.Response) -> dict[str, Any]:
    """The parameters of an answer, by name."""
    assert answer.status_code == 200, answer.text
    return {
        one["name"]: next(value for name, value in one.items() if name.startswith("value"))
        for one in answer.json()["parameter"]
    }


def ids(client: httpx.Client, path: str) -> list[str]:
    """`Type/id` of each match of a search, in order of type and id."""
    found = client.get(path)
    assert found.status_code == 200, found.text
    entries = [one for one in found.json().get("entry", ()) if one["search"]["mode"] == "match"]
    return sorted(f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in entries)


def _both(administrators: Administrators, kind: str, **people: str) -> str:
    made = asked(administrators.one, kind, explanation=WHY, **people)
    id = str(told(made)["proposal"])
    done = asked(administrators.other, kind, proposal=id, decision="approve")
    assert done.status_code == 200, done.text
    return id
