"""Posts.xml files for tests: small ones, and the one on the shelf."""

from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

COFFEE = (
    Path(__file__).resolve().parents[5]
    / "shared/data/community/coffee_stackexchange_2015_Posts.xml"
)


def question(number: int, owner: int | None = 1, accepted: int | None = None) -> dict[str, str]:
    """A question by `owner`."""
    row = {"Id": str(number), "PostTypeId": "1", "Title": f"Question {number}"}
    return _post(row, number, owner) | ({"AcceptedAnswerId": str(accepted)} if accepted else {})


def answer(number: int, parent: int, owner: int | None = 2) -> dict[str, str]:
    """An answer by `owner` to question `parent`."""
    return _post({"Id": str(number), "PostTypeId": "2", "ParentId": str(parent)}, number, owner)


def _post(row: dict[str, str], number: int, owner: int | None) -> dict[str, str]:
    row |= {"CreationDate": f"2015-01-27T20:09:{number % 60:02}.720", "Body": f"<p>No {number}</p>"}
    return row | ({} if owner is None else {"OwnerUserId": str(owner)})


def write_posts(path: Path, rows: Iterable[dict[str, str]], head: str = "") -> Path:
    """A dump of these rows."""
    lines = (
        "  <row " + " ".join(f"{name}={quoteattr(value)}" for name, value in row.items()) + " />\n"
        for row in rows
    )
    text = f'<?xml version="1.0" encoding="utf-8"?>{head}\n<posts>\n{"".join(lines)}</posts>\n'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8-sig")
    return path
