"""What reaches stderr: JSON lines with ids, without personal data."""

import json
import subprocess
import sys
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.logging import PERSONAL, REDACTED, redact

PROGRAM = """
import logging, warnings
import structlog
from shared.logging import configure_logging

configure_logging("info")
log = structlog.get_logger()
structlog.contextvars.bind_contextvars(request_id="r1")
log.debug("unseen")
log.info("act_scored", topic="t", email="ann@example.org", extra={"phone": "1", "ids": [object]})
logging.getLogger("uvicorn.error").info("unseen")
logging.getLogger("uvicorn.error").error("broke for ann@example.org")
logging.getLogger("uvicorn.access").error("unseen")
logging.getLogger("other").info("seen %d", 1)
warnings.warn("careful")
try:
    raise ValueError("E11000 dup key: { email: 'ann@example.org' }")
except ValueError:
    log.exception("request_failed")
"""


def lines_of(program: str) -> list[dict[str, Any]]:
    """What a Python program logs."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_line_is_json_with_ids_and_nothing_personal() -> None:
    lines = lines_of(PROGRAM)
    assert [(line["event"], line["level"]) for line in lines][:3] == [
        ("act_scored", "info"),
        ("broke for [redacted]", "error"),
        ("seen 1", "info"),
    ]
    scored, uvicorn, _, warning, failed = lines
    assert scored["request_id"] == "r1"
    assert scored["timestamp"].endswith("Z")
    assert scored["email"] == scored["extra"]["phone"] == REDACTED
    assert uvicorn["logger"] == "uvicorn.error"
    assert "careful" in warning["event"]
    assert "Traceback" in failed["exception"]
    assert "ann@" not in json.dumps(lines)


nested = st.recursive(
    st.just("secret"),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["a", *sorted(PERSONAL)]), inner)
    ),
)


@given(st.dictionaries(st.sampled_from(sorted(PERSONAL)), nested))
def test_personal_fields_never_survive(fields: dict[str, Any]) -> None:
    wrapped = {"event": "e", "data": [fields]}
    assert "secret" not in json.dumps(redact(None, "info", wrapped))


def test_other_fields_are_untouched() -> None:
    line = {"event": "log_cleaned", "topic": "t", "deleted": 3, "ids": ["a"], "at": {"b": 1}}
    assert redact(None, "info", dict(line)) == line
