"""The service's own keys, by which it signs the tokens it gives: a file, shared by all workers.

The newest key whose time has come signs; those before it are trusted until their tokens are gone.
Spec: https://www.rfc-editor.org/rfc/rfc7517, https://www.rfc-editor.org/rfc/rfc9068#section-4
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.access import key_file
from app.access.issuers import Jwk, PublicKey
from app.errors import Invalid, Issue

ALGORITHM = "ES384"
# Long enough to take the file to other machines before the key in it signs.
SIGNS_AFTER_SECONDS = 600
_KEPT_SECONDS = 3600
_SIGNS_FROM = "signs_from"


class SigningKeys(Mapping[str, PublicKey]):
    """The keys in one file, by `kid`, read again whenever the file has changed.

    The file is made at first use, by whichever process is first. Raises Invalid when it does not
    hold keys.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: object = None
        self._keys: dict[str, ECKey] = {}
        self._signs_from: dict[str, int] = {}
        if not path.exists():
            key_file.write_once(path, _file([_new_key(0)]))
        self._read()

    def signing(self, now: float) -> ECKey:
        """The key that signs now. now: seconds since 1970."""
        self._read()
        ready = {kid: at for kid, at in self._signs_from.items() if at <= now} or self._signs_from
        return self._keys[max(ready, key=lambda kid: (ready[kid], kid))]

    def public(self) -> list[Jwk]:
        """The public keys, for others to check a token by."""
        self._read()
        return [dict(key.as_dict(private=False)) for key in self._keys.values()]

    def __getitem__(self, key_id: str) -> PublicKey:
        self._read()
        return self._keys[key_id]

    def __iter__(self) -> Iterator[str]:
        self._read()
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def _read(self) -> None:
        try:
            told = self._path.stat()
            seen = (told.st_mtime_ns, told.st_ino, told.st_size)
            if seen == self._seen:
                return
            keys = _content(self._path)
        except (OSError, Invalid):
            # A file that is gone, or wrong, does not take away what is known already.
            if self._keys:
                return
            raise _unreadable(self._path) from None
        self._keys = {str(key["kid"]): _key(key) for key in keys}
        self._signs_from = {str(key["kid"]): key[_SIGNS_FROM] for key in keys}
        self._seen = seen


def rotate(path: Path, now: float, signs_after_seconds: int = SIGNS_AFTER_SECONDS) -> str:
    """Add a key that signs once the time is over, and drop those whose tokens are long gone.
    Returns its `kid`. now: seconds since 1970."""
    keys = sorted(_content(path), key=lambda key: int(key[_SIGNS_FROM]))
    replaced_at = [int(key[_SIGNS_FROM]) for key in keys[1:]] + [int(now)]
    kept = [key for key, at in zip(keys, replaced_at, strict=True) if at + _KEPT_SECONDS > now]
    new = _new_key(int(now) + signs_after_seconds)
    key_file.replace(path, _file([*kept, new]))
    return str(new["kid"])


def _new_key(signs_from: int) -> dict[str, Any]:
    key = ECKey.generate_key("P-384", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    return {**key.as_dict(private=True), _SIGNS_FROM: signs_from}


def _file(keys: list[dict[str, Any]]) -> bytes:
    return json.dumps({"keys": keys}, indent=1).encode()


def _content(path: Path) -> list[dict[str, Any]]:
    """The keys of the file, each proven to be one. Raises Invalid."""
    try:
        keys = json.loads(path.read_bytes())["keys"]
        is_sound = bool(keys) and all(
            isinstance(key[_SIGNS_FROM], int) and _key(key).is_private for key in keys
        )
    except (OSError, JoseError, ValueError, TypeError, KeyError):
        is_sound = False
    if not is_sound:
        raise _unreadable(path)
    return list(keys)


def _key(jwk: dict[str, Any]) -> ECKey:
    key = ECKey.import_key({name: value for name, value in jwk.items() if name != _SIGNS_FROM})
    if key.curve_name != "P-384" or not key.kid:
        raise ValueError("not a key of ours")
    return key


def _unreadable(path: Path) -> Invalid:
    text = (
        f"{path} does not hold the keys by which this service signs tokens. Bring it back from a "
        "backup, or take it away and start again: a new key is made, and whoever signed in signs "
        "in again."
    )
    return Invalid([Issue("structure", text)])
