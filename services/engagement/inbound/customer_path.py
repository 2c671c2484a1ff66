"""The customer in a path, and what is answered about one who is not known by that id."""

from typing import Annotated, NoReturn
from urllib.parse import quote

from fastapi import Path
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.engagement.use_cases.reading import ReadScores
from shared.web.moved import moved

CustomerPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description="The shop's own id; a slash in it is written %2F.",
    ),
]
"""The type of a path parameter of a SegmentRoute."""


async def elsewhere(read: ReadScores, customer: str, path: str, query: str = "") -> Response:
    """308 to the survivor of a customer who was merged; raises 404 otherwise. `path` has `{}` for
    the customer."""
    survivor = await read.survivor(customer)
    if survivor is None:
        unknown()
    target = path.replace("{}", quote(survivor, safe=""))
    return moved(f"{target}?{query}" if query else target)


def unknown() -> NoReturn:
    """Raises 404."""
    raise HTTPException(404, "Nothing is known of this customer")
