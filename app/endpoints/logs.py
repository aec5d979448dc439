"""Structured logs: one event a line, with a request id; never a token, an NHS number or what a
person said.

What other libraries log comes the same way. Of an exception the log keeps its type and where it
arose: its message may quote what was sent.
"""

import logging
import re
import sys
from typing import Any

import structlog

_SECRETS = re.compile(
    r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*|\b[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}\b"
)


def configure_logs(level: str, form: str) -> None:
    """Set up logging for this process. form: "json" or "text"."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    lowest = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            exception_without_words,
            without_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Libraries()], level=max(lowest, logging.WARNING), force=True)


def without_secrets(_: Any, __: str, event: Any) -> Any:
    """Strike out what looks like a token or an NHS number, wherever it slipped in."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRETS.sub("[struck out]", value)
    return event


def exception_without_words(_: Any, __: str, event: Any) -> Any:
    """Put the exception, and what led to it, as types and places in the code."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if error is True:
        error = sys.exception()
    told = []
    while isinstance(error, BaseException):
        told.append(_kind_and_places(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if told:
        event["exception"] = " because of ".join(told)
    return event


def _kind_and_places(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        kind += f" ({sqlstate})"
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return f"{kind} at {', '.join(reversed(places))}"


class _Libraries(logging.Handler):
    """Takes what libraries log, their sentence without what they put into it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log it as ours."""
        log = structlog.get_logger()
        log.log(record.levelno, _sentence(record), logger=record.name, exc_info=record.exc_info)


def _sentence(record: logging.LogRecord) -> str:
    if isinstance(record.msg, OSError):
        return str(record.msg)  # an address or a file
    text = record.msg if isinstance(record.msg, str) else type(record.msg).__qualname__
    # Where others append what failed, they do so on lines of its own.
    first, *rest = text.strip().split("\n")
    return rest[-1].partition(":")[0] if rest and first.startswith("Traceback") else first
