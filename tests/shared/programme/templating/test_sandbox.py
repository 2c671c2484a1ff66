"""What a template may not do, it can't; and no template runs away."""

import time

import pytest

from shared.programme.templating.context import Context
from shared.programme.templating.errors import TemplateFailed
from shared.programme.templating.source import MessageTemplate

CONTEXT = Context(shop="Shop", act={"words": "Thanks", "list": [1, 2], "number": 3}, name="Ana")


def body(text: str, *, html: bool = False) -> str:
    template = MessageTemplate(f"Subject: x\n\nfirst\n{text}\n", "en")
    return str(template.html(CONTEXT)) if html else template.body(CONTEXT)


@pytest.mark.parametrize(
    "expression",
    [
        "act.__class__.__mro__",
        "act.update({'words': 1})",
        "act.list.append(3)",
        "''.__class__",
        "range(1001) | list | length",
        "range(10 ** 9) | list | length",
        "'x' * 1000000000",
        "[1] * 1000000000",
        "1000000000 * 'x'",
        "9 ** 9 ** 9",
        "'%1000000000d' % 1",
        "'{:>1000000000}'.format(1)",
        "'x'.ljust(1000000000)",
        "'x'.center(1000000000)",
        "'x' | center(1000000000)",
        "'x' | indent(1000000000)",
        "'<b>' | safe",
        "name | e",
        "name | tojson",
        "name | urlize",
        "name | xmlattr",
        "name | attr('upper')",
        "lipsum(100)",
        "cycler('a').next()",
        "act.nothing",
        "unknown",
        "1 / 0",
        "act",
        "act.list",
        "survey_url",
        "friend",
        "act.number | plural(other='x') | plural(other='x')",
        "act.number | plural(one='x')",
        "name | day",
    ],
)
@pytest.mark.parametrize("html", [False, True])
def test_what_a_template_may_not_do_fails(expression: str, html: bool) -> None:
    with pytest.raises(TemplateFailed) as failure:
        body(f"{{{{ {expression} }}}}", html=html)
    assert failure.value.line == 4


@pytest.mark.parametrize(
    "statement",
    [
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% macro f() %}{% endmacro %}",
        "{% set x %}{{ name }}{% endset %}",
        "{% filter upper %}x{% endfilter %}",
        "{% block x %}{% endblock %}",
        "{{ name ~ name }}",
        "{% for a in [1] %}{% for b in [1] %}{% for c in [1] %}x{% endfor %}{% endfor %}"
        "{% endfor %}",
        "{% for a in act.list recursive %}x{% endfor %}",
        "{% if name %}",
        "{{ name",
    ],
)
def test_statements_that_texts_have_no_use_for_are_refused(statement: str) -> None:
    with pytest.raises(TemplateFailed):
        body(statement)


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(1000) %}{% for b in range(1000) %}xxxxxxxx{% endfor %}{% endfor %}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a + a + a %}" * 20 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a | replace('x', 'xxxx') %}" * 20 + "{{ a }}",
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = [a, a, a, a] | join %}" * 20 + "{{ a }}",
        "{% set a = [1] %}" + "{% set a = a + a + a + a %}" * 20 + "{{ a | length }}",
    ],
)
def test_a_template_that_would_run_away_fails_soon(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(TemplateFailed):
        body(text)
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize("constant", ["none", "true", "[]"])
def test_a_constant_that_is_no_text_fails(constant: str) -> None:
    with pytest.raises(TemplateFailed):
        body(f"{{{{ {constant} }}}}")


def test_a_failure_tells_no_value() -> None:
    secret = Context(shop="Shop", act={}, name="Secret")
    with pytest.raises(TemplateFailed) as failure:
        MessageTemplate("Subject: x\n\n{{ name | int + act }}", "en").body(secret)
    assert "Secret" not in failure.value.reason


def test_loops_and_numbers_work() -> None:
    assert body("{% for a in act.list %}{{ loop.index }}{{ a + 1 }}{% endfor %}") == "first\n1223"
    assert body("{{ act.get('topic', 'none') | upper }}{{ act.number }}") == "first\nNONE3"


def test_its_own_words_are_text_in_html() -> None:
    assert body("1 < 2 & <b>{{ '<i>' }}</b>", html=True) == (
        "first\n1 &lt; 2 &amp; &lt;b&gt;&lt;i&gt;&lt;/b&gt;"
    )
