"""The kit at servers that mean no good: it ends, tells of it, and gives nothing away."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner

from app.cli.commands import cli
from app.conformance.exchange import MOST_CREATED, Answer, Caller, Ledger
from app.conformance.shown import MOST_SHOWN, shown
from app.conformance.sign_in import Client, sign_in
from app.conformance.unmet import Unmet

Say = Callable[[BaseHTTPRequestHandler], None]
_SPEAKS: dict[str, Any] = {
    "resourceType": "CapabilityStatement",
    "fhirVersion": "4.0.1",
    "software": {"name": "\x1b]0;mine\x07 \ud800 <script>"},
}


@pytest.fixture
def serving() -> Iterator[Callable[[Say], str]]:
    """A server that answers everything by one function; gives its base."""
    started: list[ThreadingHTTPServer] = []

    def serve(say: Say) -> str:
        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65_537)
                if self.raw_requestline and self.parse_request():
                    self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    say(self)
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing of its own."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        started.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/fhir"

    yield serve
    for one in started:
        one.shutdown()
        one.server_close()


def says(body: bytes, status: int = 200, **headers: str) -> Say:
    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/fhir+json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return say


def never_ends(handler: BaseHTTPRequestHandler) -> None:
    """Sends as long as anyone listens."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 1000)
    except OSError:
        return


def asked(base: str, **limits: float) -> Answer:
    caller = Caller(base, "secret", Ledger())
    for name, value in limits.items():
        setattr(caller, name, value)
    try:
        return caller.ask("GET", "Goal")
    finally:
        caller.close()


@pytest.mark.timeout(30)
def test_an_answer_without_an_end_is_given_up(serving: Callable[[Say], str]) -> None:
    with pytest.raises(Unmet, match="more than 100000 bytes"):
        asked(serving(never_ends), most_bytes=100_000)
    with pytest.raises(Unmet, match="more than 0 seconds"):
        asked(serving(never_ends), most_seconds=0)


def test_an_answer_that_is_too_deep_is_no_resource(serving: Callable[[Say], str]) -> None:
    answer = asked(serving(says(b'{"a":' * 100_000)))
    assert answer.resource_type == ""


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 100_000,
        b"[1]",
        b'{"token_endpoint": "http://["}',
        b'{"token_endpoint": "no address"}',
        b'{"token_endpoint": 1}',
    ],
    ids=lambda body: str(body[:40]),
)
def test_a_sign_in_that_leads_nowhere_is_told_in_a_sentence(
    serving: Callable[[Say], str], tmp_path: Path, body: bytes
) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=True)))
    with pytest.raises(Unmet):
        sign_in(serving(says(body)), Client("me", key), "system/*.rs")


@pytest.mark.timeout(30)
def test_a_sign_in_without_an_end_is_given_up(
    serving: Callable[[Say], str], tmp_path: Path
) -> None:
    with pytest.raises(Unmet, match="well-known"):
        sign_in(serving(never_ends), Client("me", tmp_path / "none"), "system/*.rs")


def test_a_key_that_is_no_json_is_told_to_be_none(
    serving: Callable[[Say], str], tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    key.write_text("{")
    base = serving(says(b'{"token_endpoint": "http://127.0.0.1:1/token"}'))
    with pytest.raises(Unmet, match="holds no private key"):
        sign_in(base, Client("me", key), "system/*.rs")


def test_a_redirect_does_not_take_the_token_along(serving: Callable[[Say], str]) -> None:
    heard: list[str | None] = []

    def listen(handler: BaseHTTPRequestHandler) -> None:
        heard.append(handler.headers.get("Authorization"))
        says(b"{}")(handler)

    elsewhere = serving(listen)
    assert asked(serving(says(b"", 307, Location=f"{elsewhere}/Goal"))).status == 307
    assert heard == []


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Bundle", "entry": [1, {"response": 2}]},
        {"resourceType": "OperationOutcome", "issue": [1, {"details": 2}]},
        {"resourceType": "OperationOutcome", "issue": 1},
    ],
    ids=str,
)
def test_an_answer_of_another_form_ends_no_run(
    serving: Callable[[Say], str], body: dict[str, Any]
) -> None:
    assert asked(serving(says(json.dumps(body).encode()))).status == 200


def test_only_so_much_is_believed_to_have_been_made(serving: Callable[[Say], str]) -> None:
    made = [{"response": {"status": "201", "location": f"Goal/{n}"}} for n in range(5000)]
    body = json.dumps({"resourceType": "Bundle", "entry": made}).encode()
    ledger = Ledger()
    caller = Caller(serving(says(body)), None, ledger)
    caller.ask("POST", "", [])
    caller.close()
    assert len(ledger.created) == MOST_CREATED


def test_what_a_server_says_steers_no_terminal_and_no_report(
    serving: Callable[[Say], str], tmp_path: Path
) -> None:
    made = {"resourceType": "\x1b[2J\u202e", "id": "\ud800\x00"}

    def say(handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "GET":
            says(json.dumps(_SPEAKS).encode())(handler)
        else:
            says(json.dumps(made).encode(), 201 if handler.command == "POST" else 500)(handler)

    base = serving(say)
    only = ("rest", "errors", "bundles")
    options = [word for one in only for word in ("--only", one)]
    done = CliRunner().invoke(
        cli, ["conformance", "server", base, *options, "--report", str(tmp_path)]
    )
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit), done.output
    texts = [done.output, *(one.read_text(encoding="utf-8") for one in tmp_path.iterdir())]
    assert len(texts) == 6
    for text in texts:
        assert not {"\x1b", "\x07", "\x00", "\u202e"} & {*text}
        assert "<script>" not in text or text.startswith("{")


def test_a_long_text_is_shown_by_its_beginning() -> None:
    assert shown("a\nb\tc\x1bd") == "a b c\ufffdd"
    assert len(shown("x" * 1_000_000)) == MOST_SHOWN + 1
