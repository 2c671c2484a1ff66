"""The path parameter `{name:hex_id}`: 32 hex digits, so it never swallows a `:verb` behind it."""

from starlette.convertors import Convertor, register_url_convertor


class HexId(Convertor[str]):
    """What ids that are hashes or random look like; anything else is not found."""

    regex = "[0-9a-f]{32}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("hex_id", HexId())
