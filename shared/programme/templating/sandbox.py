"""The sandbox: which of Jinja a message may use, so that no template runs away or lets a value
through unescaped."""

import traceback
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateRuntimeError, TemplateSyntaxError, nodes
from jinja2.environment import Environment
from jinja2.ext import Extension
from jinja2.filters import FILTERS
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from shared.programme.templating.clean import one_line
from shared.programme.templating.errors import TemplateFailed
from shared.programme.templating.filters import (
    LARGEST,
    Passage,
    indent,
    join,
    language_filters,
    replace,
    within_bounds,
)

_FILTERS = (
    *("abs", "capitalize", "count", "default", "d", "first", "float", "int", "items", "last"),
    *("length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round"),
    *("select", "selectattr", "sort", "string", "sum", "title", "trim", "truncate", "unique"),
    *("upper", "wordcount"),
)
_METHODS = frozenset(
    ("get", "items", "keys", "values", "startswith", "endswith", "split", "strip", "lower", "upper")
)
_STATEMENTS = (nodes.Output, nodes.If, nodes.For, nodes.Assign)
_MOST_ROUNDS = 1000


class Sandbox(ImmutableSandboxedEnvironment):
    """Only what texts need: no calls but of a few methods, no text that grows by multiplying."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Of what can be called, only the methods that can't make a long text of a short one."""
        safe = super().is_safe_attribute(obj, attr, value)
        return safe and (attr in _METHODS or not callable(value))

    def wrap_str_format(self, value: Any) -> None:
        """Jinja makes `format` of a text safe, but no width is too large for it: it is refused as
        other methods are."""

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic is for numbers; texts and lists can be added."""
        if operator == "+":
            return within_bounds(super().call_binop(context, operator, left, right))
        numbers = (int, float, Decimal)
        if operator == "**" or not isinstance(left, numbers) or not isinstance(right, numbers):
            raise TemplateRuntimeError(f"'{operator}' is not for this")
        return super().call_binop(context, operator, left, right)


class _EscapedText(Extension):
    """The template's own words are text too: escaped before they are compiled."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == "data":
                yield Token(token.lineno, token.type, str(escape(token.value)))
            else:
                yield token


@lru_cache(maxsize=128)
def sandbox(language: str, *, html: bool) -> Environment:
    """For templates in `language`. With `html` what comes out is escaped, all but Markup."""
    environment = Sandbox(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=html,
        extensions=[_EscapedText] if html else [],
        finalize=_finalize,
        keep_trailing_newline=True,
    )
    environment.filters = {name: FILTERS[name] for name in _FILTERS}
    environment.filters |= {"indent": indent, "join": join, "replace": replace}
    environment.filters |= language_filters(language)
    environment.globals = {"range": _range}
    return environment


def parse(source: str, language: str) -> nodes.Template:
    """Raises TemplateFailed, also for statements that messages have no use for."""
    try:
        tree = sandbox(language, html=False).parse(source)
    except TemplateSyntaxError as error:
        raise TemplateFailed(error.message or "is no Jinja template", error.lineno) from None
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Stmt) and not isinstance(node, _STATEMENTS):
            raise TemplateFailed("only {% if %}, {% for %} and {% set %} are used", node.lineno)
        if isinstance(node, nodes.Concat):
            raise TemplateFailed("write one {{ … }} after another instead of '~'", node.lineno)
        if isinstance(node, nodes.For) and _is_deep(node):
            raise TemplateFailed("a loop may hold one other loop at most", node.lineno)
    return tree


def compile_source(source: str, language: str, *, html: bool) -> Template:
    """Raises TemplateFailed."""
    parse(source, language)
    try:
        return sandbox(language, html=html).from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFailed(error.message or "is no Jinja template", error.lineno) from None


def run(template: Template, values: Mapping[str, Any]) -> str:
    """What it makes of `values`. Raises TemplateFailed."""
    parts, length = [], 0
    try:
        for part in template.generate(values):
            length += len(part)
            if length > LARGEST:
                raise TemplateRuntimeError(f"makes a text of more than {LARGEST} characters")
            parts.append(part)
    except TemplateRuntimeError as error:
        raise TemplateFailed(error.message or "can't be rendered", _line(error)) from None
    except Exception as error:  # an expression of a template can raise anything
        reason = f"can't be rendered: {type(error).__name__}"  # its text may hold personal data
        raise TemplateFailed(reason, _line(error)) from None
    return "".join(parts)


def _finalize(value: Any) -> Any:
    """What is printed is one line of text or a number; a Passage may have many lines."""
    if isinstance(value, Passage):
        return value
    if isinstance(value, Undefined):
        return str(value)  # raises, and says which name it was
    if value is None:
        raise TemplateRuntimeError("prints a value that may be missing: put it into {% if … %}")
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise TemplateRuntimeError("prints what is neither a text nor a number")
    return type(value)(one_line(value)) if isinstance(value, str) else value


def _range(*bounds: int) -> range:
    rounds = range(*bounds)
    if len(rounds) > _MOST_ROUNDS:
        raise TemplateRuntimeError(f"range goes to {_MOST_ROUNDS} at most")
    return rounds


def _is_deep(loop: nodes.For) -> bool:
    inner = list(loop.find_all(nodes.For))
    return loop.recursive or any(list(one.find_all(nodes.For)) for one in inner)


def _line(error: Exception) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
    return (lines and lines[-1]) or 1
