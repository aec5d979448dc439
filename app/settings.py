"""Every setting of the service, read from the environment with the prefix WHATMATTERS_. README
lists them all."""

import os
import secrets
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.bounds import Bounds, bounds

# What WHATMATTERS_LIMITS has replaced, and its name there.
REPLACED = {
    "WHATMATTERS_MAX_BODY_BYTES": "body-bytes",
    "WHATMATTERS_REQUEST_HEADS": "head-bytes and head-seconds",
    "WHATMATTERS_MAX_BUNDLE_ENTRIES": "bundle",
    "WHATMATTERS_PAGE_SIZE": "page",
    "WHATMATTERS_MAX_PAGE_SIZE": "largest-page",
}


class Settings(BaseSettings):
    """The settings, each with the unit in its name where it has one."""

    model_config = SettingsConfigDict(env_prefix="WHATMATTERS_", extra="ignore")

    database_url: str | None = Field(
        None, description="postgresql:// URL of your own server. Unset: the embedded PostgreSQL."
    )
    data_dir: Path = Field(
        Path("var"), description="Where the embedded database, keys and the demo issuer are kept."
    )
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="The address callers use, without a path; links are made from it.",
    )
    demo: bool = Field(False, description="Trust the demo issuer and load the demo people.")
    nhs_numbers: Literal["any", "live", "test"] = Field(
        "any", description="Which are taken: `live` ones, those for `test`; a demo takes `test`."
    )
    issuers: str = Field(
        "", description="Who may issue tokens, and where people sign in: a JSON list, or its file."
    )
    token_keys: Path | None = Field(
        None,
        description="File of the keys that sign our own tokens. Unset: made in the data folder.",
    )
    loopback_keys: bool = Field(
        False, description="Fetch keys from this machine too, by plain http; to try out."
    )
    secret: str | None = Field(
        None, description="Key for page tokens. Unset: made once and kept in the data folder."
    )
    audit_seals: Path | None = Field(
        None, description="Where the seals of the audit go. Unset: a folder in the data folder."
    )
    audit_key: Path | None = Field(
        None, description="The key that signs them, as a file. Unset: in the data folder."
    )
    audit_seal_seconds: int = Field(
        3_600, ge=0, description="How often the service makes a seal; 0 for never."
    )
    pool_size: int = Field(12, ge=2, le=200, description="Database connections of each worker.")
    statement_timeout_ms: int = Field(
        10_000, ge=100, description="The longest one database statement may take."
    )
    lock_timeout_ms: int = Field(3_000, ge=50, description="The longest wait for a database lock.")
    idle_timeout_ms: int = Field(
        30_000, ge=1_000, description="The longest a transaction may sit idle."
    )
    limits: str = Field(
        "",
        description="How much one request may send, ask for and be given, as name=number.",
    )
    rate_limits: str = Field(
        "failed-sign-in=60/60 look-up=600/60 match=60/60 person=10/3600 invitation=10/3600",
        description="How often, as most/seconds: failed sign-ins of an address, searches for people"
        " and matches of a client, its matches of one person, and codes of invitations that one"
        " sign-in tries. Empty: no limits.",
    )
    supporter_reviews: str = Field(
        "11/90/keep 16/90/pause",
        description="When those who act by parental responsibility are looked at, as age/days"
        " before/what happens on the day if nobody agreed (pause or keep). Empty: never.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged."
    )
    log_format: Literal["json", "text"] = Field(
        "json", description="One JSON object a line, or text."
    )

    @field_validator("limits")
    @classmethod
    def _can_be_read(cls, limits: str) -> str:
        bounds(limits)
        return limits

    @model_validator(mode="after")
    def _names_nothing_replaced(self) -> Self:
        """A limit that somebody set, and that nothing reads any more, would be none."""
        for name, now in REPLACED.items():
            if name in os.environ:
                raise ValueError(f"{name} is not read any more. Write {now} in WHATMATTERS_LIMITS")
        return self

    @property
    def bounds(self) -> Bounds:
        """The limits, read."""
        return bounds(self.limits)

    @property
    def nhs_numbers_taken(self) -> Literal["any", "live", "test"]:
        """Which NHS numbers are taken; a demonstration holds nobody who is real."""
        return "test" if self.demo else self.nhs_numbers

    @property
    def own_issuer(self) -> str:
        """What the tokens of this service name as their issuer: its address."""
        return self.base_url.rstrip("/")

    @property
    def token_keys_path(self) -> Path:
        """The file of the keys that sign the tokens of this service."""
        return self.token_keys or self.data_dir / "token-keys.json"

    @property
    def audit_seals_folder(self) -> Path:
        """Where the seals of the audit go."""
        return self.audit_seals or self.data_dir / "seals"

    @property
    def audit_key_file(self) -> Path:
        """The key that signs the seals."""
        return self.audit_key or self.data_dir / "audit-key.jwk"

    @property
    def fhir_base(self) -> str:
        """The FHIR base address, without a slash at its end."""
        return self.base_url.rstrip("/") + "/fhir"


def page_key(settings: Settings) -> bytes:
    """The key that authenticates page tokens: from the settings, or made once in the data folder
    (mode 0600)."""
    if settings.secret:
        return settings.secret.encode()
    path = settings.data_dir / "secret"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    key = secrets.token_hex(32).encode()
    draft = path.with_name(f"secret.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_bytes(key)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return path.read_bytes()
    finally:
        draft.unlink()
    return key
