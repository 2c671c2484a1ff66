"""Logs: one JSON object a line on stderr, or coloured text where a person is looking."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog
from structlog.typing import Processor

REDACTED = "[redacted]"
# Field names that hold personal data wherever they occur.
PERSONAL = frozenset(
    {
        "address",
        "answer",
        "body",
        "comment",
        "display_name",
        "email",
        "first_name",
        "full_name",
        "last_name",
        "name",
        "note",
        "phone",
        "recipient",
        "subject_line",
        "text",
    }
)
_MAIL_ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+")
# Rendered text that may quote a value, such as a driver's message about a duplicate key.
_QUOTING = ("event", "exception", "stack")
_QUIET_LIBRARIES = ("uvicorn", "aiokafka", "pymongo", "asyncio", "httpx", "httpcore")


def configure_logging(level: str) -> None:
    """Send structlog's and the standard library's records to stderr from `level` upwards.

    Libraries speak from warning upwards only. Uvicorn's access log is off: requests are counted
    in the metrics, and what fails is logged with its request id.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    chain = _chain()
    renderer = _renderer(for_people=sys.stderr.isatty())
    structlog.configure(
        processors=[*chain, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[remove_meta, *renderer],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *chain],
        )
    )
    logging.basicConfig(handlers=[handler], level=threshold, force=True)
    logging.captureWarnings(True)
    for library in _QUIET_LIBRARIES:
        logging.getLogger(library).setLevel(max(threshold, logging.WARNING))
    # Dozens of lines a second while the broker is away; the log's adapter says it once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn.access").disabled = True


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last line of defence against personal data; code must not pass any in the first place."""
    for key, value in event.items():
        if key in PERSONAL:
            event[key] = REDACTED
        elif key in _QUOTING and isinstance(value, str):
            event[key] = _MAIL_ADDRESS.sub(REDACTED, value)
        elif isinstance(value, dict | list | tuple):
            event[key] = _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: REDACTED if k in PERSONAL else _redacted(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value


def _chain() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]


def _renderer(*, for_people: bool) -> list[Processor]:
    if for_people:
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.JSONRenderer(_to_json)]


def _to_json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode("utf-8")
