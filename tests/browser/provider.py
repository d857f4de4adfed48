"""A small identity provider: real HTTP, real signatures, and a say in what it lies about."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "trialkit-demo", "between us two"


class Provider:
    """Says that `claims["sub"]` is at the door; tests change `claims`, `key` and `header` to have it lie."""

    def __init__(self) -> None:
        self.published = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.key: RSAKey | OctKey = self.published
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.redeemed: list[str] = []
        self.url = ""

    def authorise(self, query: dict[str, str]) -> str:
        """Where the browser goes with its code."""
        code = secrets.token_urlsafe(16)
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def redeem(self, form: dict[str, str], basic: str) -> dict[str, Any] | None:
        """The token for a code, once, for who has the verifier and our secret."""
        asked = self.asked.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or asked["redirect_uri"] != form["redirect_uri"]:
            return None
        if base64.b64decode(basic.removeprefix("Basic ")).decode() != f"{CLIENT}:{SECRET}":
            return None
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.claims}
        self.redeemed.append(form["code"])
        return {
            "token_type": "Bearer",
            "id_token": jwt.encode(self.header, claims, self.key, algorithms=["RS256", "HS256"]),
        }


@contextmanager
def served_provider() -> Iterator[Provider]:
    """The provider at an address of its own."""
    provider = Provider()

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return None

        def _json(self, body: Any, status: int = 200) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, urlsplit(self.path).query
            if path == "/.well-known/openid-configuration":
                names = {"authorization_endpoint": "authorise", "token_endpoint": "token", "jwks_uri": "keys"}
                self._json({"issuer": provider.url, **{name: f"{provider.url}/{at}" for name, at in names.items()}})
            elif path == "/keys":
                self._json(KeySet([provider.published]).as_dict(private=False))
            else:
                self.send_response(303)
                self.send_header("Location", provider.authorise({k: v[0] for k, v in parse_qs(query).items()}))
                self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = provider.redeem({k: v[0] for k, v in parse_qs(body).items()}, self.headers["Authorization"])
            self._json(found or {"error": "invalid_grant"}, 200 if found else 400)

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield provider
        server.shutdown()
