"""Members of a group as one stream: JSON Lines or CSV, however many there are.

A stream that breaks off ends without its last chunk (RFC 9112, section 8), and JSON Lines also
without their last line, which says how many members there were.
"""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Literal

import msgspec
from fastapi.responses import StreamingResponse

from services.engagement.domain.membership import Membership
from shared.clock import from_epoch_ms

Format = Literal["jsonl", "csv"]
Members = AsyncIterator[Sequence[Membership]]

# What spreadsheets take for a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS = ("customer", "since", "by")


def export(name: str, members: Members, format: Format) -> StreamingResponse:
    """The response, to be saved as `<name>.<format>`."""
    lines, kind = (
        (_json_lines(members), "application/jsonl")
        if format == "jsonl"
        else (_csv(members), "text/csv; charset=utf-8; header=present")
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{format}"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(lines, media_type=kind, headers=headers)


async def _json_lines(members: Members) -> AsyncIterator[bytes]:
    count = 0
    async for some in members:
        yield b"".join(msgspec.json.encode(_row(one)) + b"\n" for one in some)
        count += len(some)
    yield msgspec.json.encode({"members": count}) + b"\n"


async def _csv(members: Members) -> AsyncIterator[bytes]:
    """RFC 4180; an id that a spreadsheet would reckon with gets a ' in front."""
    yield _written([_COLUMNS])
    async for some in members:
        rows = [_row(one) for one in some]
        yield _written([[_harmless(row[name]) for name in _COLUMNS] for row in rows])


def _row(one: Membership) -> dict[str, str]:
    since = from_epoch_ms(one.since).isoformat(timespec="milliseconds")
    return {"customer": one.customer, "since": since.replace("+00:00", "Z"), "by": one.by}


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
