"""What somebody sees in a browser who has not signed in: the front page, and where to sign in."""

import httpx
import pytest

from tests.conftest import Running


def page(service: Running, path: str) -> str:
    answer = httpx.get(
        f"{service.settings.base_url}{path}", headers={"Accept": "text/html,*/*;q=0.8"}
    )
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("address", ["/sign-in", "/api/docs", "/fhir/metadata"])
def test_the_front_page_names_each_door_and_each_is_there(service: Running, address: str) -> None:
    assert f"{service.settings.base_url}{address}" in page(service, "/")
    assert page(service, address)


def test_where_nobody_can_sign_in_the_page_says_why(service: Running) -> None:
    told = page(service, "/sign-in")
    assert "whoever runs this service has not set a way" in told
    assert '<meta name="color-scheme" content="light dark">' in told
