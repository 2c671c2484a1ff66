"""`docs/settings.md`: every setting, its environment variable, type and default."""

from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shared.config import Settings
from tests.docs import PROJECT

_TYPES = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "`true`, `false`",
}
PREFIX = str(Settings.model_config["env_prefix"])

_HEAD = f"""\
# Settings

<!-- Made from shared/config.py by `python -m tests.docs.generated`; do not edit. -->

Each is an environment variable, read once at the start. A wrong value ends the process with exit
code 2 and one line for each fault; a variable that is not listed here is ignored, whatever begins
with `{PREFIX}` included.

| variable | type | default | what it is |
|---|---|---|---|
"""


def text() -> str:
    """The document as Markdown."""
    schemas = Settings.model_json_schema()["properties"]
    fields = Settings.model_fields
    return _HEAD + "".join(_row(name, fields[name], schemas[name]) for name in fields)


def variable(name: str) -> str:
    """The environment variable of the field `name`."""
    return f"{PREFIX}{name.upper()}"


def _row(name: str, field: FieldInfo, schema: dict[str, Any]) -> str:
    cells = (f"`{variable(name)}`", _type(schema), _default(field), field.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return next(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    name = {"password": "text, secret", "path": "path"}.get(schema.get("format", ""))
    name = name or _TYPES[schema["type"]]
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}
    bounds = [f"{sign} {schema[key]:g}" for key, sign in signs.items() if key in schema]
    return ", ".join([name, *bounds])


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None:
        return "none"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if name_in_project := _inside_project(value):
        return f"`{name_in_project}` beside the code"
    return f"`{value}`"


def _inside_project(value: object) -> str:
    inside = str(value).startswith(f"{PROJECT}/")
    return str(value).removeprefix(f"{PROJECT}/") + "/" if inside else ""
