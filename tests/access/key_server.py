"""A server of keys on this machine, which answers as it is told to, and counts who asked."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.access.assertions import EC_KEY, jwks

MEGABYTE = b" " * 1_000_000


class KeyServer:
    """What it answers next: body, status, headers; megabytes: sent before the body; hangs: says
    nothing until it is closed."""

    def __init__(self) -> None:
        self.keys: Any = jwks(EC_KEY)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.megabytes = 0
        self.hangs = False
        self.closed = threading.Event()
        self.asked: list[dict[str, str]] = []
        self.megabytes_sent = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jwks.json"

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        self.asked.append({"path": to.path, **{k.lower(): v for k, v in to.headers.items()}})
        if self.hangs:
            self.closed.wait(30)
            return
        body = self.keys if isinstance(self.keys, bytes) else json.dumps(self.keys).encode()
        to.send_response(self.status)
        for name, value in self.headers.items():
            to.send_header(name, value)
        to.send_header("Content-Length", str(len(body) + self.megabytes * len(MEGABYTE)))
        to.end_headers()
        for _ in range(self.megabytes):
            to.wfile.write(MEGABYTE)
            self.megabytes_sent += 1
        to.wfile.write(body)


def certificate(folder: Path, name: str) -> Path:
    """A file with a certificate for one name that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=2))
        .not_valid_after(datetime.now(UTC) + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def key_server(pem: Path | None = None) -> Iterator[KeyServer]:
    """One that runs. pem: its certificate and key, to speak TLS."""
    made = KeyServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                made.answer(self)
            except ConnectionError:
                return  # whoever asked has gone

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if pem is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.closed.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
