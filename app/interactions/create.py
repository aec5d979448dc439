"""create, and conditional create. Spec: https://hl7.org/fhir/R4/http.html#create"""

from app.errors import Conflict
from app.fhir.resource_types import DIRECTORY, Json
from app.interactions import conditional
from app.interactions.draft import (
    ATTEMPTS,
    body_of,
    checked,
    draft,
    people_referred_to,
    people_told,
    unlooked,
)
from app.interactions.placing import mint, person_of, references_in
from app.interactions.visit import Answer, Visit, stored_answer
from app.interactions.writing import written


async def create(visit: Visit) -> Answer:
    """Store a new resource under a new id; with If-None-Exist, only when nothing matches it."""
    type = visit.ask.type or ""
    tree = body_of(visit)
    checked(tree, type)
    if visit.ask.heed is not None:
        await visit.ask.heed(visit, tree)
    if visit.ask.if_none_exist is None:
        return await store_new(visit, tree)
    async with conditional.alone(visit, type):
        match = await conditional.only_match(visit, type, visit.ask.if_none_exist)
        if match is None:
            return await store_new(visit, tree)
    return stored_answer(match)


async def store_new(visit: Visit, tree: Json) -> Answer:
    """Write a checked resource as new, under an id minted here."""
    base = visit.record.fhir_base
    references = references_in(tree, base)
    type = tree["resourceType"]
    told = people_told(visit, references)
    for _ in range(ATTEMPTS):
        people = await people_referred_to(visit, references) if told is None else told
        person_id = DIRECTORY if type == "Patient" else person_of(tree, base, people)
        made = draft(
            visit, tree, mint(type, person_id), current=None, references=references, people=people
        )
        if told is not None:
            made = unlooked(visit, made)
        if await written(visit, made, None):
            return made.answer
        told = None  # something it refers to is not there: a look says which
    raise Conflict("The new entry could not be stored. Please send it again.")
