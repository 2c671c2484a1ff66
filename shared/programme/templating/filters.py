"""The filters of a template that depend on its language, or on whether it becomes HTML."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from babel.dates import format_date
from babel.lists import format_list
from jinja2 import TemplateRuntimeError
from jinja2.filters import do_join, do_replace
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup, escape

from shared.programme.templating.clean import one_line, printable
from shared.programme.templating.locales import cldr

T = TypeVar("T")

LARGEST = 100_000
"""Characters that any text of a template may have."""


class Passage(Markup):
    """A text whose lines are meant, and which is safe where it stands."""


def language_filters(language: str) -> dict[str, Callable[..., str]]:
    """`plural`, `enumerate` and `day`, by the rules of CLDR for `language`."""
    locale = cldr(language)

    def plural(number: object, **forms: str) -> str:
        if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
            raise TemplateRuntimeError("plural needs a number")
        form = forms.get(locale.plural_form(number), forms.get("other"))
        if form is None:
            raise TemplateRuntimeError(f"plural lacks {locale.plural_form(number)}")
        return form

    def enumerate_(items: Iterable[object]) -> str:
        return format_list([one_line(str(item)) for item in items], locale=locale)

    def day(time: object) -> str:
        return format_date(_date(time), format="long", locale=locale)

    return {"plural": plural, "enumerate": enumerate_, "day": day}


@pass_eval_context
def indent(context: EvalContext, text: object, width: int = 4) -> Passage:
    """The lines of `text` as lines of a quotation, but for the first, which the template indents
    itself."""
    if width != 4:
        raise TemplateRuntimeError("indent is for quotations: by 4")
    lines = printable(str(text)).strip().split("\n")
    quoted = "\n    ".join(lines) if len(lines) > 1 else lines[0]
    return Passage(escape(quoted)) if context.autoescape else Passage(quoted)


@pass_eval_context
def join(context: EvalContext, items: Iterable[Any], separator: str = "") -> str:
    """Jinja's own, within LARGEST."""
    joined: str = do_join(context, list(items), separator)
    return within_bounds(joined)


@pass_eval_context
def replace(context: EvalContext, text: str, old: str, new: str) -> str:
    """Jinja's own, within LARGEST."""
    return within_bounds(do_replace(context, text, old, new))


def within_bounds(text: T) -> T:
    """Raises TemplateRuntimeError for what grows without end."""
    if isinstance(text, str | list | tuple) and len(text) > LARGEST:
        raise TemplateRuntimeError(f"makes a text of more than {LARGEST} characters")
    return text


def _date(time: object) -> date:
    try:
        return datetime.fromisoformat(str(time)).date()
    except ValueError:
        raise TemplateRuntimeError("day needs a date or a time of ISO 8601") from None
