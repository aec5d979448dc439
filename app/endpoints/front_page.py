"""What a person sees who opens the service's address in a browser: what it is, and where its doors
are."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse


def front_page(base_url: str) -> APIRouter:
    """One page of plain text, open to anyone, until there are pages for people.

    base_url: the address that callers use.
    """
    router = APIRouter(tags=["front page"])
    base = base_url.rstrip("/")
    text = f"""\
What Matters: one shared record of what matters to a person, in the person's own words.

It is running. There are no pages of the record to look at in a browser yet: other programs read
and write it, in plain words or in the language called FHIR, and whoever reads or writes signs in
first.

Sign in:         {base}/sign-in
What it can do:  {base}/api/docs (in plain words)
                 {base}/fhir/metadata (in FHIR)
Is it well?      {base}/health/ready
"""

    @router.get("/", response_class=PlainTextResponse)
    async def page() -> str:
        return text

    return router
