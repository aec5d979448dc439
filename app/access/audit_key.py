"""The key that signs the seals of the audit: a file outside the database, for its owner alone.

Spec: https://www.rfc-editor.org/rfc/rfc8037 (Ed25519 as a JWK), https://www.rfc-editor.org/rfc/rfc7638
"""

import json
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from app.access.key_file import write_once
from app.errors import Malformed, Unavailable

Keys: TypeAlias = Mapping[str, OKPKey]


def key_at(path: Path) -> OKPKey:
    """The private key in a file. Raises Malformed, or Unavailable when others may read it."""
    key = _read(path)
    if not key.is_private:
        raise Malformed(f"{path} holds a public key, and sealing needs the private one.")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Unavailable(f"Others may read the key that signs seals. Type: chmod 600 {path}")
    return key


def make_key(path: Path) -> OKPKey:
    """The private key of a file, made now unless another process was quicker."""
    key = OKPKey.generate_key("Ed25519")
    write_once(path, json.dumps(key.as_dict(private=True)).encode())
    return key_at(path)


def public_keys(paths: Iterable[Path]) -> Keys:
    """The keys in files, by their thumbprints, for checking alone."""
    keys = [_read(path) for path in paths]
    return {key.thumbprint(): key for key in keys}


def _read(path: Path) -> OKPKey:
    try:
        return OKPKey.import_key(json.loads(path.read_bytes()))
    except OSError as problem:
        raise Malformed(f"The key {path} cannot be read: {problem.strerror}.") from None
    except (JoseError, ValueError, TypeError, KeyError):
        raise Malformed(f"{path} does not hold an Ed25519 key as a JSON Web Key.") from None
