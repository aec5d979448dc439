"""No spelling of an address makes this service ask the machines beside it."""

import pytest

from app.access import key_address
from app.errors import Invalid

REFUSED = [
    "",
    "charity.example/jwks",
    "http://charity.example/jwks",
    "HTTP://charity.example/jwks",
    "ftp://charity.example/jwks",
    "file:///etc/passwd",
    "data:application/json,{}",
    "//charity.example/jwks",
    "https:///jwks",
    "https://",
    "https://user@charity.example/jwks",
    "https://user:word@charity.example/jwks",
    "https://charity.example@127.0.0.1/jwks",
    "https://charity.example\\@127.0.0.1/jwks",
    "https://charity.example/jwks#here",
    "https://charity.example/ jwks",
    "https://charity.example/\r\njwks",
    "https://charity.example/jwks\x00",
    "https://charity.example:99999/jwks",
    "https://charity.example:port/jwks",
    "https://charité.example/jwks",
    "https://-charity.example/jwks",
    "https://charity.example./jwks",
    "https://charity_example/jwks",
    "https://[fe80::1%25eth0]/jwks",
    "https://[::1/jwks",
    "https://" + "a" * 500 + ".example/",
    "http://localhost/jwks",
    "http://127.0.0.1:8000/jwks",
    "http://[::1]/jwks",
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_not_plainly_public_https_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        key_address.read(url, loopback=False)
    [issue] = caught.value.issues
    assert issue.expression == "jwks_url"
    assert "https://charity.example/jwks.json" in issue.text


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://charity.example/jwks.json", "charity.example", None, "/jwks.json"),
        ("https://Charity.Example", "charity.example", None, "/"),
        ("https://charity.example:8443/a?b=c", "charity.example", 8443, "/a?b=c"),
        ("https://[2001:db8::1]/jwks", "2001:db8::1", None, "/jwks"),
    ],
)
def test_a_public_https_address_is_read(url: str, host: str, port: int | None, target: str) -> None:
    found = key_address.read(url, loopback=False)
    assert (found.scheme, found.host, found.port, found.target) == ("https", host, port, target)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/jwks", "http://localhost/jwks", "http://[::1]/jwks"]
)
def test_plain_http_is_for_this_machine_alone_and_where_that_is_set(url: str) -> None:
    assert key_address.read(url, loopback=True).scheme == "http"
    with pytest.raises(Invalid):
        key_address.read("http://charity.example/jwks", loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "2130706433",
        "0x7f000001",
        "charity.example",
        "",
    ],
)
def test_a_network_address_that_is_not_public_is_never_asked(address: str) -> None:
    assert not key_address.may_be_asked(address, loopback=False)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_a_public_network_address_may_be_asked(address: str) -> None:
    assert key_address.may_be_asked(address, loopback=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_asked_only_where_that_is_set(address: str) -> None:
    assert key_address.may_be_asked(address, loopback=True)
    assert not key_address.may_be_asked("169.254.169.254", loopback=True)
