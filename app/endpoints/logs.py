"""Structured logs: one event a line, with a request id; never a token, an NHS number or what a
person said."""

import logging
import re
from typing import Any

import structlog

_SECRETS = re.compile(
    r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*|\b[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}\b"
)


def configure_logs(level: str, form: str) -> None:
    """Set up structlog for this process. form: "json" or "text"."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )


def without_secrets(_: Any, __: str, event: Any) -> Any:
    """Strike out what looks like a token or an NHS number, wherever it slipped in."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRETS.sub("[struck out]", value)
    return event
