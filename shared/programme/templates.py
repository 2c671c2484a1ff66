"""The message templates of a programme, by name and language."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.programme.languages import best_language
from shared.programme.templating.context import Context
from shared.programme.templating.document import document
from shared.programme.templating.errors import TemplateFailed
from shared.programme.templating.paragraphs import QUOTED, paragraphs
from shared.programme.templating.source import LAYOUT, LayoutTemplate, MessageTemplate

__all__ = ["Context", "Rendered", "TemplateFailed", "TemplateSet"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message. `subject` is one line; `body` plain text, each paragraph one line and quotations
    indented by four spaces; `html` a document that says the same; `language` the template's own.
    """

    subject: str
    body: str
    html: str
    language: str
    template: str


class TemplateSet:
    """What a programme has to say. Where several names are given they are variants of one text,
    of which one is picked."""

    def __init__(self, sources: Mapping[tuple[str, str], str], default_language: str) -> None:
        """`sources` are keyed by (language, name). Raises TemplateFailed."""
        self._default = default_language
        self._layouts: dict[str, LayoutTemplate] = {}
        self._by_name: dict[str, dict[str, MessageTemplate]] = {}
        for (language, name), source in sources.items():
            if name == LAYOUT:
                self._layouts[language] = LayoutTemplate(source, language)
            else:
                versions = self._by_name.setdefault(name, {})
                versions[language] = MessageTemplate(source, language)

    def language(self, texts: Iterable[Sequence[str]], locale: str | None) -> str:
        """The language that serves `locale` best of those in which all of `texts` exist, each a
        list of variants. Raises LookupError where they have none in common."""
        known = [self._languages(names) for names in texts]
        language = best_language(
            set[str]().union(*known).intersection(*known), locale, self._default
        )
        if language is None:
            raise LookupError(f"no template in {self._default!r}")
        return language

    def render(
        self, names: Sequence[str], locale: str | None, context: Context, seed: str
    ) -> Rendered:
        """One of the variants, the same for the same `seed`, in the language that serves `locale`
        best, else in the programme's default.

        Raises LookupError if there is none of them, TemplateFailed if it fails on `context`.
        """
        language = self.language([names], locale)
        name, template = self._pick(names, language, seed)
        subject = template.subject(context)
        body, html = template.body(context), template.html(context)
        layout = self._layout(language)
        if layout is not None:
            body, html = layout.around(body, context), layout.around_html(html, context)
        return Rendered(
            subject=subject,
            body=_flowed(body),
            html=document(subject, paragraphs(html), language),
            language=language,
            template=name,
        )

    def also_phrase(
        self, names: Sequence[str], locale: str | None, context: Context, seed: str = ""
    ) -> str | None:
        """What one of the variants says where it goes along in another message; None where it has
        nothing to say. Raises as `render` does."""
        language = self.language([names], locale)
        return self._pick(names, language, seed)[1].also(context)

    def _languages(self, names: Iterable[str]) -> set[str]:
        return {language for name in names for language in self._by_name.get(name, ())}

    def _pick(self, names: Sequence[str], language: str, seed: str) -> tuple[str, MessageTemplate]:
        known = [name for name in names if language in self._by_name.get(name, ())]
        name = known[_number(seed) % len(known)]
        return name, self._by_name[name][language]

    def _layout(self, language: str) -> LayoutTemplate | None:
        found = layout_language(self._layouts, language)
        return None if found is None else self._layouts[found]


def layout_language(layouts: Collection[str], language: str) -> str | None:
    """Of the languages with a layout the one for texts in `language`."""
    return best_language(layouts, language, language)


def _number(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])


def _flowed(body: str) -> str:
    shown = (
        "\n".join(QUOTED + line if paragraph.is_quotation else line for line in paragraph.lines)
        for paragraph in paragraphs(body)
    )
    return "\n\n".join(shown) + "\n"
