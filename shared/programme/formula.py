"""What of a programme scores follow from: one document, kept with the scores, with its version."""

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from shared.programme.folder import Folder
from shared.programme.model import FormulaDocument
from shared.programme.scoring import build_scoring, spelled_out

SETTINGS = ("currency", "exchange", "time_zone")
"""Members of programme.yaml that scores depend on."""
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_ENCODER = msgspec.json.Encoder(decimal_format="number", order="sorted")


def formula_of(folder: Folder) -> FormulaDocument:
    """The document of a folder that passed every check."""
    if folder.settings is None or folder.scoring is None:
        raise ValueError("a programme needs its settings and its scoring")
    settings = {name: value for name, value in folder.settings.data.items() if name in SETTINGS}
    return make_formula({"scoring": folder.scoring.data, "settings": settings})


def read_formula(text: str) -> FormulaDocument:
    """The document that `text` of such a document says again."""
    return make_formula(json.loads(text, parse_float=Decimal))


def make_formula(said: Mapping[str, Any]) -> FormulaDocument:
    """The document of what it says, which has passed every check; its numbers are exact."""
    content = _plain({"scoring": spelled_out(said["scoring"]), "settings": said["settings"]})
    canonical, settings = _ENCODER.encode(content), content["settings"]
    exchange = {code: Decimal(worth) for code, worth in settings.get("exchange", {}).items()}
    return FormulaDocument(
        version=hashlib.sha256(canonical).hexdigest()[:12],
        text=canonical.decode(),
        scoring=build_scoring(content["scoring"]),
        exchange=MappingProxyType({**exchange, settings["currency"]: Decimal(1)}),
        time_zone=settings["time_zone"],
    )


def _plain(value: Any) -> Any:
    """A number is the same however it was written: 25, 25.0 or "25"."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, float):
        value = Decimal(str(value))
    if isinstance(value, Decimal):
        whole = value.to_integral_value()
        return int(whole) if whole == value else value.normalize()
    return value
