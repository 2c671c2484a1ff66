"""HTML from templates: everything escaped, no script, one style whose hash the policy allows."""

import hashlib
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TypeVar

import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shared.pages.languages import choose
from shared.programme.model import ProgrammeSettings

Texts = TypeVar("Texts")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a page is for: the customer's locale if it is known, and the browser's wish."""

    locale: str | None
    accepted: str


class PageTemplates:
    """The templates in `pages` of a service's package, on the layout that all pages share.

    `policy` is the Content-Security-Policy to send with each page.
    """

    def __init__(self, package: str, programme: ProgrammeSettings) -> None:
        style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
        digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        self._pages = files(f"{package}.pages")
        self._default = programme.locale
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader(one, "pages") for one in (package, "shared")]),
            autoescape=True,
            trim_blocks=True,
            undefined=StrictUndefined,
        )
        self._environment.globals.update(style=Markup(style), shop=programme.shop)

    def read_texts(self, kind: type[Texts]) -> Mapping[str, Texts]:
        """What the pages say, by language, from the service's `texts.json`."""
        text = self._pages.joinpath("texts.json").read_bytes()
        return msgspec.json.decode(text, type=dict[str, kind])  # type: ignore[valid-type]

    def language(self, available: Collection[str], reader: Reader) -> str:
        """The one of `available` that is best for `reader`."""
        return choose(available, reader.locale, reader.accepted, self._default)

    def render(self, template: str, **values: object) -> str:
        """The page. Every template needs `texts`, with its `language`."""
        return self._environment.get_template(template).render(values)
