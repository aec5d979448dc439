"""Remarks on a text before it is sent to somebody: jargon, words that hurt, reading age.

The text is read, remarked upon and forgotten: nothing of it is stored or logged.
Spec: docs/plain-words.md
"""

import asyncio
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.endpoints.rest.entries import Asker
from app.endpoints.rest.problem import plain
from app.what_matters.plain_language import check
from app.what_matters.shapes.words import Shape

LONGEST = 20_000


class Text(Shape):
    """What is to be sent to somebody."""

    text: str = Field(max_length=LONGEST, examples=["We will ring you before Friday."])


class Remark(BaseModel):
    """One remark: never a no."""

    kind: Literal["jargon", "unkind", "tone", "abbreviation", "long sentence", "reading age"]
    found: str = Field(description="The words as they stand; empty for all of the text.")
    say: str = Field(description="What to write instead, or what to do.")
    line: int
    column: int


class Remarks(BaseModel):
    """What was remarked upon. reading_age: null for a text of fewer than thirty words."""

    words: int
    sentences: int
    reading_age: float | None
    remarks: list[Remark]


def words_routes(router: APIRouter) -> None:
    """Add the address to a router."""

    @router.post("/words/check", responses={200: {"model": Remarks}}, name="check words")
    async def checked(who: Asker, body: Text) -> Response:
        """Remarks on a text that is written to people."""
        # Long enough for other requests to notice, so it is done beside them.
        found = await asyncio.to_thread(check, body.text)
        remarks = [
            {
                "kind": one.kind,
                "found": one.found,
                "say": one.say,
                "line": one.line,
                "column": one.column,
            }
            for one in found.remarks
        ]
        measured = found.readability
        told = {
            "words": measured.words,
            "sentences": measured.sentences,
            "reading_age": measured.reading_age,
            "remarks": remarks,
        }
        return plain(200, told, who.request_id)
