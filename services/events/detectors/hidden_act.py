"""How the acts that detectors find are written."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.contracts.acts import PREFIX
from shared.contracts.cloudevents import CloudEvent


def hidden_act(
    kind: str, id: str, source: str, subject: str | None, time: str, data: Mapping[str, Any]
) -> CloudEvent:
    """An act `io.requite.act.<kind>.v1`; members of `data` that are empty are left out."""
    return CloudEvent(
        id=id,
        source=source,
        type=f"{PREFIX}{kind}.v1",
        subject=subject,
        time=time,
        datacontenttype="application/json",
        data=msgspec.json.encode({name: value for name, value in data.items() if value}),
    )
