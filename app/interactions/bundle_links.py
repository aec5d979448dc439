"""What a reference or a link of one entry means inside its Bundle.

Spec: https://hl7.org/fhir/R4/bundle.html#references, https://hl7.org/fhir/R4/http.html#trules
"""

import re
from collections.abc import Collection, Mapping

from app.fhir.reference import parse_reference
from app.fhir.resource_types import Json

_LINK = re.compile(r"""(\shref\s*=\s*["'])(urn:[^"'<>&\s]+)(["'])""")


def as_if_led(tree: Json, urls: Collection[str]) -> Json:
    """The tree as its check is to see it: what its narrative links to in the Bundle, linked to by a
    relative address, as it will be once the entries have their ids."""
    text = tree.get("text")
    div = text.get("div") if isinstance(text, dict) else None
    if not isinstance(div, str) or "urn:" not in div:
        return tree
    return {**tree, "text": {**tree["text"], "div": with_links(div, dict.fromkeys(urls, "#"))}}


def with_links(div: str, reference_by_url: Mapping[str, str]) -> str:
    """The narrative with its links to entries of the Bundle led to them, as R4 asks for."""
    return _LINK.sub(
        lambda link: f"{link[1]}{reference_by_url.get(link[2], link[2])}{link[3]}", div
    )


def end_of(text: str, base: str | None, reference_by_url: dict[str, str]) -> str | None:
    """What a reference becomes; None for one that leads out of the Bundle. base: of the server that
    the entry comes from, which its relative references are relative to."""
    end = reference_by_url.get(text)
    return end if end or base is None else reference_by_url.get(f"{base}/{text}")


def base_of(full_url: str | None) -> str | None:
    """The server that an entry's fullUrl is of; None for a urn, or no fullUrl.

    Spec: https://hl7.org/fhir/R4/bundle.html#references
    """
    parts = parse_reference(full_url or "", "")
    if parts is None or parts.url is None or parts.type is None or parts.version is not None:
        return None
    return parts.url.removesuffix(f"/{parts.type}/{parts.id}")
