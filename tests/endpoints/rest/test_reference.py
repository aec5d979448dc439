"""The page to look up the API in: open to anyone, whole, and nothing from elsewhere."""

import re

import httpx

from app.endpoints.rest.described import operations
from tests.conftest import Running


def test_the_page_is_open_to_anyone_and_needs_no_script(service: Running) -> None:
    page = httpx.get(f"{service.settings.base_url}/api/docs")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page.text
    assert not re.search(r'(src|href)="(https?:)?//', page.text)


def test_every_address_is_on_it_and_every_link_leads_somewhere(service: Running) -> None:
    base = f"{service.settings.base_url}/api"
    page = httpx.get(f"{base}/docs").text
    for path, method, operation in operations(httpx.get(f"{base}/openapi.json").json()):
        assert f"<code>{method.upper()} /api{path}</code>" in page
        assert f'id="{operation["operationId"]}"' in page
    there = re.findall(r'id="([^"]+)"', page)
    assert len(there) == len(set(there))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(there)
