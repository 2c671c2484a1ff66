"""The mappings that come with Requite, by name."""

from importlib.resources import files
from pathlib import Path

FOLDER = files("services.events").joinpath("mappings")
SUFFIX = ".yaml"


def shipped_names() -> list[str]:
    """What can stand instead of a path."""
    return sorted(
        one.name.removesuffix(SUFFIX) for one in FOLDER.iterdir() if one.name.endswith(SUFFIX)
    )


def mapping_text(name: str) -> str:
    """The text of the file at the path `name`, else of the shipped mapping of that name.

    Raises OSError, UnicodeDecodeError.
    """
    path = Path(name)
    if path.is_file() or name not in shipped_names():
        return path.read_text("utf-8")
    return FOLDER.joinpath(name + SUFFIX).read_text("utf-8")
