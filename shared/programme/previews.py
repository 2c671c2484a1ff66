"""Every template of a programme as sample customers would read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.programme.languages import best_language
from shared.programme.model import Programme
from shared.programme.samples import Sample
from shared.programme.templates import Context, Rendered, TemplateSet
from shared.programme.templating.source import LAYOUT
from shared.programme.thanks_rules import ThanksRule

_FULL, _LEAST = "all is known", "little is known"
_NOTHING: tuple[Sample, Sample] = ({}, {})


@dataclass(frozen=True, slots=True)
class Preview:
    """One text in one language. `text` is the name that its variants share, that of the first;
    `customer` says who the sample is; `occasion` is what it answers, `also` what it says of itself
    inside another message."""

    text: str
    rendered: Rendered
    customer: str
    occasion: str
    also: str | None


def previews(
    programme: Programme,
    occasions: Mapping[str, tuple[Sample, Sample]],
    *,
    language: str | None = None,
    template: str | None = None,
) -> Iterator[Preview]:
    """By text, language and variant, first for somebody of whom all is known, then little; once
    where both read the same. `language` and `template` keep to one. Raises TemplateFailed."""
    texts = TemplateSet(programme.templates, programme.settings.locale)
    text_of = {name: rule for rule in reversed(programme.thanks) for name in rule.templates}
    shown = [(_text(name, text_of), tag, name) for tag, name in programme.templates]
    for text, tag, name in sorted(shown):
        wanted = template in (None, name, text)
        if name != LAYOUT and wanted and (language is None or _is_of(language, tag)):
            yield from _of_template(
                texts, programme, text_of.get(name), tag, (text, name), occasions
            )


def _text(name: str, rules: Mapping[str, ThanksRule]) -> str:
    return rules[name].templates[0] if name in rules else name


def _is_of(language: str, tag: str) -> bool:
    return best_language([tag], language, language) is not None


def _of_template(
    texts: TemplateSet,
    programme: Programme,
    rule: ThanksRule | None,
    language: str,
    names: tuple[str, str],
    occasions: Mapping[str, tuple[Sample, Sample]],
) -> Iterator[Preview]:
    text, name = names
    seen: set[str] = set()
    for index, customer in enumerate((_FULL, _LEAST)):
        context = _context(programme, rule, occasions, full=customer == _FULL, index=index)
        rendered = texts.render([name], language, context, "")
        if rendered.body not in seen:
            also = texts.also_phrase([name], language, context)
            yield Preview(text, rendered, customer, rule.on if rule else "", also)
        seen.add(rendered.body)


def _context(
    programme: Programme,
    rule: ThanksRule | None,
    occasions: Mapping[str, tuple[Sample, Sample]],
    *,
    full: bool,
    index: int,
) -> Context:
    site = programme.settings.shop_url or "https://shop.example"
    asks = full and rule is not None and rule.survey is not None
    return Context(
        shop=programme.settings.shop,
        act=occasions.get(rule.on if rule else "", _NOTHING)[index],
        name="Ana" if full else None,
        friend="Jo" if full else None,
        survey_url=f"{site.rstrip('/')}/s/sample" if asks else None,
        preferences_url=f"{site.rstrip('/')}/u/sample" if full else None,
    )
