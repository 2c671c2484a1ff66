"""JSON members of a valid event, to vary one at a time."""

import json

MINIMAL: dict[str, object] = {
    "specversion": "1.0",
    "id": "minimal",
    "type": "io.cloudevents.test",
    "source": "https://cloudevents.io",
}


def body(**changes: object) -> bytes:
    """Return the JSON text of a minimal event with these members added or replaced."""
    return json.dumps({**MINIMAL, **changes}).encode()


def body_without(name: str) -> bytes:
    """Return the JSON text of a minimal event that lacks one member."""
    return json.dumps({key: value for key, value in MINIMAL.items() if key != name}).encode()


def body_with_text(members: str) -> bytes:
    """Return the JSON text of a minimal event followed by this text inside the object."""
    return json.dumps(MINIMAL)[:-1].encode() + f",{members}}}".encode()
