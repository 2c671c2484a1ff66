"""Values as nobody would wish them, and templates to put them into."""

from hypothesis import strategies as st

from shared.programme.templates import Context, TemplateSet

_NASTY = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</p><a href='https://evil.example'>click</a>",
        "{{ 7 * 7 }}",
        "{% for x in range(9) %}x{% endfor %}",
        "{# gone #}",
        "\r\nBcc: all@example.com\r\n\r\nBody",
        "\n\n    forged quotation\n\n",
        "https://evil.example/",
        "\u202eright to left\u2066",
        "\u200f\u200e",
        "\x00\x1b[31m\x7f\x85\u2028\u2029\ufeff",
        "&lt;b&gt; &amp; \" ' `",
        "javascript:alert(1)",
        "[x](https://evil.example)",
    ]
)
values = st.lists(st.one_of(_NASTY, st.text(max_size=20)), max_size=4).map("".join)

LAYOUT = """\
Hello{% if name %} {{ name }}{% endif %},

{{ body }}

{% if also %}
Thank you too for {{ also | enumerate }}.

{% endif %}
Warm regards,
{{ shop }}
{% if preferences_url %}

{{ preferences_url }}
{% endif %}
"""
TEXT = """\
Subject: Thank you, {{ name }}, for {{ act.topic }}
Also: {{ act.topic }} < that

You wrote about {{ act.topic }} & more, <{{ act.topic }}>:

    {{ act.words | truncate(600) | indent(4) }}

{{ friend }} thanks you.

{{ survey_url }}
"""
SURVEY, PREFERENCES = "https://shop.example/s/1?a=1&b=2", "https://shop.example/u/1"


def template_set(language: str = "en") -> TemplateSet:
    return TemplateSet({(language, "t"): TEXT, (language, "layout"): LAYOUT}, language)


def context(name: str, topic: str, words: str, friend: str) -> Context:
    return Context(
        shop="The <Corner> Shop",
        act={"topic": topic, "words": words},
        name=name,
        friend=friend,
        survey_url=SURVEY,
        preferences_url=PREFERENCES,
        also=(topic, words),
    )
