"""A contact that is planned on a request about which nobody may get in touch says why it is safe.

Source: docs/api.md
"""

from msgspec.structs import replace

from app.access.acts import Act
from app.errors import Forbidden, Invalid, Issue
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import has, node_at, nodes, text
from app.interactions.perform import perform
from app.interactions.visit import Visit
from app.what_matters.help_chain import must_not_be_contacted, reached_instead
from app.what_matters.links import linked

_COULD_BE_IN_DANGER = (
    "Do not get in touch about this: it could put them in danger. “{instead}” If it was they who "
    "asked for this contact, say so in why, and send it again."
)


async def heed_danger(visit: Visit, tree: Json) -> None:
    """Raises Invalid for a contact that would put the person in danger: one that is planned, and
    does not say why. What has happened is written down whatever it was."""
    asked = linked(tree, "basedOn", "ServiceRequest")
    if text(tree, "status") != "planned" or has(tree, "reasonCode") or not asked:
        return
    for request in await _requests(visit, asked):
        if must_not_be_contacted(request):
            said = _COULD_BE_IN_DANGER.format(instead=reached_instead(request))
            logged = _COULD_BE_IN_DANGER.format(instead="…")
            issue = Issue("business-rule", said, "Encounter.reasonCode", logged=logged)
            raise Invalid([issue])


async def _requests(visit: Visit, asked: list[str]) -> list[Json]:
    """Those that are seen; that the others are not there is told where the contact is written."""
    ids = ",".join(link.partition("/")[2] for link in asked)
    search = replace(
        visit.ask, act=Act.SEARCH_TYPE, type="ServiceRequest", id=None, tree=None,
        if_match=None, if_none_exist=None, change=None, heed=None,
        query=f"_id={ids}&_count={len(asked)}",
    )  # fmt: skip
    try:
        answer = await perform(visit.record, visit.caller, search, visit.unit)
    except Forbidden:
        return []
    return [node_at(one, "resource") for one in nodes(parse(answer.body), "entry")]
