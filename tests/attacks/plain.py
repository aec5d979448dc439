"""The plain API for those who attack it: the same callers at /api, and answers made comparable."""

import httpx


def at_api(client: httpx.Client) -> httpx.Client:
    """The same token at the plain API. Closed when it is no longer held."""
    base = str(client.base_url).removesuffix("/").removesuffix("/fhir")
    told = client.headers.get("authorization")
    headers = {"Authorization": told} if told else {}
    return httpx.Client(base_url=f"{base}/api", headers=headers, timeout=30)


def told(answer: httpx.Response, *said: str) -> tuple[int, str, dict[str, str]]:
    """All that an answer tells, but for what the caller said and what is random. said: ids."""
    text = answer.text
    for one in said:
        text = text.replace(one, "…")
    own = ("x-request-id", "date", "content-length")
    heads = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, text, heads
