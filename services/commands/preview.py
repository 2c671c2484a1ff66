"""Carries out `requite programme preview`: on the terminal, and as one page to look at."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from shared.programme.folder import read_folder
from shared.programme.loader import load
from shared.programme.previews import Preview, previews
from shared.programme.templating.document import content_of
from shared.programme.templating.locales import cldr, is_right_to_left
from shared.programme.text_checks import occasions

_PAGES = Environment(
    loader=PackageLoader("services.commands", ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def collect(folder: Path, language: str | None, template: str | None) -> tuple[str, list[Preview]]:
    """The shop's name, and every text as samples read it. Raises ProgrammeInvalid."""
    programme = load(folder)
    tried = occasions(read_folder(folder)[0])
    return programme.settings.shop, list(
        previews(programme, tried, language=language, template=template)
    )


def show(out: Console, shown: Sequence[Preview]) -> None:
    """By text and language, with all variants."""
    for (text, occasion), group in groupby(shown, _text_of):
        of = f"for {occasion}" if occasion else "not in use"
        out.print(Rule(Text.assemble((text, "bold"), f"  {of}"), align="left"))
        for preview in group:
            rendered = preview.rendered
            out.print(Text(f"\n{_caption(preview)}", style="dim"))
            out.print(Text(rendered.subject, style="bold"))
            if preview.also:
                out.print(Text(f"Also: {preview.also}", style="dim"))
            out.print(Text(f"\n{rendered.body}"))


def page(shop: str, shown: Sequence[Preview]) -> str:
    """One HTML document of all, by language; nothing in it is loaded from anywhere."""
    languages = [
        (language, list(_by_text(group)))
        for language, group in groupby(sorted(shown, key=_language), _language)
    ]
    tags = [language for language, _ in languages]
    return _PAGES.get_template("preview.html.j2").render(
        shop=shop,
        count=len(shown),
        languages=languages,
        names={tag: cldr(tag).get_display_name(tag) or tag for tag in tags},
        direction={tag: "rtl" if is_right_to_left(tag) else "ltr" for tag in tags},
        content_of=content_of,
    )


def _by_text(shown: Iterator[Preview]) -> Iterator[tuple[str, list[Preview]]]:
    for text, group in groupby(shown, lambda one: one.text):
        yield text, list(group)


def _text_of(preview: Preview) -> tuple[str, str]:
    return preview.text, preview.occasion


def _caption(preview: Preview) -> str:
    rendered = preview.rendered
    variant = f"{rendered.template}, " if rendered.template != preview.text else ""
    return f"{rendered.language}, {variant}{preview.customer}"


def _language(preview: Preview) -> str:
    return preview.rendered.language
