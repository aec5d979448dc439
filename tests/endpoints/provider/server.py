"""Small OpenID providers made with idpyoidc: discovery, code flow with PKCE, keys, userinfo.

Run as a program of its own, with a port and the names of the providers, each with keys of its own
below a path of its own. The protocol is idpyoidc's.

`POST /name/client` registers a client. `POST /name/user` says, as JSON, who signs in next, with
what claims, and whether anything is to go wrong: `sub`, `id_token` and `userinfo` (claims; None
takes one out), `jwt` (how the token is packed: iss, aud, lifetime, sign_alg), `header` (members of
its header), `stranger` (it is signed by a key that nobody knows), `proven_ago` (seconds that
auth_time lies back), `error` (what is answered in place of a code), `answers` (by endpoint: a
status and a body in place of its own).
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptojwt.jwt import JWT
from cryptojwt.key_jar import build_keyjar
from idpyoidc.server import Server
from idpyoidc.server.configure import OPConfiguration
from idpyoidc.server.exception import UnAuthorizedClient
from idpyoidc.server.oidc.userinfo import UserInfo
from idpyoidc.server.token.id_token import IDToken, get_sign_and_encrypt_algorithms

_HERE = "tests.endpoints.provider.server"
_METHODS = ["client_secret_basic", "private_key_jwt"]
_ASKS_ANEW = ("prompt", "max_age")
_next: dict[str, dict[str, Any]] = {}


def subject(uid: str, **_: Any) -> str:
    """Users are called what they are said to be called."""
    return uid


def said_at(issuer: str) -> dict[str, Any]:
    """Who signs in next at this provider."""
    return _next.get(issuer.rpartition("/")[2], {})


class Told(IDToken):
    """An ID token with the claims of whoever signs in."""

    def sign_encrypt(self, session_id: str, client_id: str, *args: Any, **kwargs: Any) -> str:
        """As idpyoidc packs it, but with what is to go wrong."""
        context = self.upstream_get("context")
        next = said_at(context.issuer)
        how = get_sign_and_encrypt_algorithms(
            context, context.cdb[client_id], "id_token", sign=True
        )
        claims = self.payload(session_id, alg=how["sign_alg"]) | next.get("id_token", {})
        if claims.get("auth_time"):
            claims["auth_time"] -= next.get("proven_ago", 0)
        packing = {"iss": context.issuer, "lifetime": 300, **how, **next.get("jwt", {})}
        aud = packing.pop("aud", None)
        keys = self.upstream_get("attribute", "keyjar")
        if next.get("stranger"):
            keys = build_keyjar(context.keys_of_a_stranger, issuer_id=packing["iss"])
        elif packing["iss"] != context.issuer:
            keys.import_jwks(keys.export_jwks(private=True), packing["iss"])
        packer = JWT(keys, **packing)
        said = {name: value for name, value in claims.items() if value is not None}
        header = {"jws_headers": next["header"]} if "header" in next else {}
        return str(packer.pack(said, recv=client_id, aud=aud, **header))


class Knows(UserInfo):
    """Userinfo with the claims of whoever signs in."""

    def process_request(self, request: Any = None, **kwargs: Any) -> Any:
        """As idpyoidc does it, and then the claims."""
        answer = super().process_request(request, **kwargs)
        if "response_args" in answer:
            more = said_at(self.upstream_get("context").issuer).get("userinfo", {})
            answer["response_args"] = {**answer["response_args"], **more}
        return answer


def configuration(base: str) -> dict[str, Any]:
    """What idpyoidc is told: only the code flow, and PKCE by S256 or nothing."""
    crypt = {
        "kwargs": {
            "keys": {"key_defs": [{"type": "oct", "bytes": 24, "use": ["enc"], "kid": "code"}]}
        }
    }
    return {
        "issuer": base,
        "httpc_params": {"verify": False, "timeout": 4},
        "preference": {"subject_types_supported": ["public"]},
        "key_conf": {"key_defs": KEYS, "uri_path": "jwks.json"},
        "token_handler_args": {
            "code": {"lifetime": 600, "kwargs": {"crypt_conf": crypt}},
            "token": {
                "class": "idpyoidc.server.token.jwt_token.JWTToken",
                "kwargs": {"lifetime": 300, "alg": "RS256"},
            },
            "id_token": {"class": f"{_HERE}.Told", "kwargs": {}},
        },
        "endpoint": {
            "provider_config": {
                "path": ".well-known/openid-configuration",
                "class": "idpyoidc.server.oidc.provider_config.ProviderConfiguration",
                "kwargs": {"client_authn_method": None},
            },
            "authorization": {
                "path": "authorization",
                "class": "idpyoidc.server.oidc.authorization.Authorization",
                "kwargs": {"client_authn_method": None, "response_types_supported": ["code"]},
            },
            "token": {
                "path": "token",
                "class": "idpyoidc.server.oidc.token.Token",
                "kwargs": {"client_authn_method": _METHODS},
            },
            "userinfo": {"path": "userinfo", "class": f"{_HERE}.Knows", "kwargs": {}},
        },
        "userinfo": {"class": "idpyoidc.server.user_info.UserInfo", "kwargs": {"db": {}}},
        "authentication": {
            "user": {
                "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
                "class": "idpyoidc.server.user_authn.user.NoAuthn",
                "kwargs": {"user": "nobody"},
            }
        },
        "add_ons": {
            "pkce": {
                "function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                "kwargs": {"essential": True, "code_challenge_methods": {"S256": ""}},
            }
        },
        "session_params": {
            "encrypter": crypt,
            "sub_func": {"public": {"function": f"{_HERE}.subject"}},
        },
    }


KEYS = [{"type": "RSA", "use": ["sig"], "size": 2048, "kid": "op-1"}]


def made(base: str) -> Server:
    """A provider without clients."""
    server = Server(OPConfiguration(conf=configuration(base)))
    server.context.keys_of_a_stranger = KEYS
    return server


def register(server: Server, client: dict[str, Any]) -> None:
    """A client, as idpyoidc keeps them."""
    uris = [(uri, None) for uri in client["redirect_uris"]]
    kept = {
        "response_types_supported": ["code"],
        "allowed_scopes": ["openid", "profile", "nhsperson", "nationalrbacaccess", "selectedrole"],
        **client,
        "redirect_uris": uris,
    }
    server.context.cdb[client["client_id"]] = kept
    if "client_secret" in client:
        server.keyjar.add_symmetric(client["client_id"], client["client_secret"])
    if "jwks" in client:
        server.keyjar.import_jwks(client["jwks"], client["client_id"])


class Door(BaseHTTPRequestHandler):
    """HTTP to the endpoints of idpyoidc, and back."""

    server_by_name: ClassVar[dict[str, Server]] = {}

    def do_GET(self) -> None:
        """Everything but the token endpoint."""
        parts = urlsplit(self.path)
        _, name, rest = parts.path.split("/", 2)
        endpoint = {
            ".well-known/openid-configuration": "provider_config",
            "authorization": "authorization",
            "userinfo": "userinfo",
        }.get(rest)
        if rest == "jwks.json":
            keys = self.server_by_name[name].keyjar.export_jwks()
            self._send(200, json.dumps(keys))
        elif endpoint is None:
            self._send(404, "{}")
        else:
            self._answer(name, endpoint, dict(parse_qsl(parts.query)))

    def do_POST(self) -> None:
        """The token endpoint; a client; and who signs in next."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        _, name, rest = urlsplit(self.path).path.split("/", 2)
        server = self.server_by_name[name]
        if rest == "client":
            register(server, json.loads(body))
            self._send(200, "{}")
        elif rest == "user":
            _next[name] = json.loads(body)
            for one in server.context.authn_broker.db.values():
                one["method"].user = _next[name]["sub"]
            self._send(200, "{}")
        else:
            self._answer(name, "token", dict(parse_qsl(body)))

    def _answer(self, name: str, endpoint_name: str, request: dict[str, str]) -> None:
        error = _next.get(name, {}).get("error")
        if error and endpoint_name == "authorization":
            told = urlencode({"error": error, "state": request["state"]})
            self._send(302, "", f"{request['redirect_uri']}?{told}")
            return
        if endpoint_name in _next.get(name, {}).get("answers", {}):
            self._send(*_next[name]["answers"][endpoint_name])
            return
        # There is no page to prove oneself at: whoever is asked to has done it already.
        request = {one: value for one, value in request.items() if one not in _ASKS_ANEW}
        endpoint = self.server_by_name[name].get_endpoint(endpoint_name)
        http_info = {"headers": {name.lower(): value for name, value in self.headers.items()}}
        try:
            parsed = endpoint.parse_request(request, http_info=http_info)
        except UnAuthorizedClient:
            self._send(401, json.dumps({"error": "invalid_client"}))
            return
        if "error" in parsed:
            self._send(400, json.dumps(parsed.to_dict()))
            return
        args = endpoint.process_request(parsed, http_info=http_info)
        if "error" in args:
            self._send(400, json.dumps({"error": args["error"]}))
            return
        told = endpoint.do_response(request=parsed, **args)
        if told.get("response_placement", endpoint.response_placement) == "url":
            self._send(302, "", told["response"])
        else:
            self._send(200, told["response"])

    def _send(self, status: int, body: str, location: str | None = None) -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def main() -> None:
    """port, and the names of the providers."""
    port, *names = sys.argv[1:]
    for name in names:
        Door.server_by_name[name] = made(f"http://127.0.0.1:{port}/{name}")
    ThreadingHTTPServer(("127.0.0.1", int(port)), Door).serve_forever()


if __name__ == "__main__":
    # Its classes are named in its configuration, so that they must be those of this module.
    sys.modules[_HERE] = sys.modules["__main__"]
    main()
