"""Messages are rendered in the right language and variant, inside the layout of that language."""

import pytest

from shared.programme.templates import Context, TemplateFailed, TemplateSet

LAYOUT = "Hello{% if name %} {{ name }}{% endif %},\n\n{{ body }}\n\nWarm regards,\n{{ shop }}\n"
SOURCES = {
    ("en", "t"): "Subject: Hello {{ name }}\nAlso: your words\n\n{{ act.words }} <3\n",
    ("pt", "t"): "Subject: Olá\n\nObrigado\n",
    ("en", "v"): "Subject: Another\n\nAnother\n",
    ("de", "w"): "Subject: Hallo\n\nHallo\n",
    ("en", "layout"): LAYOUT,
    ("ar", "x"): "Subject: x\n\nx\n",
}


def templates() -> TemplateSet:
    return TemplateSet(SOURCES, "en")


def context(name: str | None = "Ana", words: str = "Thanks") -> Context:
    return Context(shop="Shop", act={"words": words}, name=name)


def test_subject_body_and_language() -> None:
    message = templates().render(["t"], "en-GB", context(), "")
    assert message.subject == "Hello Ana"
    assert message.body == "Hello Ana,\n\nThanks <3\n\nWarm regards,\nShop\n"
    assert (message.language, message.template) == ("en", "t")
    assert "Thanks &lt;3</p>" in message.html
    assert {type(text) for text in (message.subject, message.body, message.html)} == {str}
    assert "Warm regards,<br>\nShop</p>" in message.html


def test_language_falls_back_by_region_and_then_to_the_default() -> None:
    assert templates().render(["t"], "pt-BR", context(), "").language == "pt"
    assert templates().render(["t"], "de", context(), "").language == "en"
    assert templates().render(["t"], None, context(), "").language == "en"


def test_language_comes_before_variant() -> None:
    picked = {templates().render(["t", "v", "w"], "de", context(), str(n)) for n in range(20)}
    assert {(one.language, one.template) for one in picked} == {("de", "w")}


def test_variants_are_picked_by_seed_and_stay() -> None:
    picked = [templates().render(["t", "v"], "en", context(), str(n)) for n in range(200)]
    again = [templates().render(["t", "v"], "en", context(), str(n)) for n in range(200)]
    assert picked == again
    counts = [[one.template for one in picked].count(name) for name in ("t", "v")]
    assert min(counts) > 60


def test_a_language_for_several_texts() -> None:
    assert templates().language([["t"]], "pt-BR") == "pt"
    assert templates().language([["t"], ["v"]], "pt-BR") == "en"
    with pytest.raises(LookupError):
        templates().language([["t"], ["w"]], "pt-BR")


def test_phrases() -> None:
    assert templates().also_phrase(["t"], "en", context()) == "your words"
    assert templates().also_phrase(["t"], "pt", context()) is None


def test_a_missing_template_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        templates().render(["other"], "en", context(), "")
    with pytest.raises(LookupError):
        TemplateSet({("pt", "t"): "Subject: x\n\ny"}, "en").render(["t"], "de", context(), "")


def test_without_a_layout_there_is_the_text_alone() -> None:
    assert templates().render(["t"], "pt", context(), "").body == "Obrigado\n"


def test_direction_and_language_of_the_document() -> None:
    assert '<html lang="ar" dir="rtl"' in templates().render(["x"], "ar", context(), "").html
    assert '<html lang="en" dir="ltr"' in templates().render(["t"], "en", context(), "").html


def test_lines_are_run_together_but_for_links_points_and_short_ones() -> None:
    long = "word " * 12
    source = f"Subject: x\n\n{long}\n{long}\nhttps://shop.example/\n{long}\n- one\n- two\n"
    body = TemplateSet({("en", "t"): source}, "en").render(["t"], "en", context(), "").body
    assert body.split("\n") == [
        f"{long}{long}".strip(),
        "https://shop.example/",
        long.strip(),
        "- one",
        "- two",
        "",
    ]


def test_a_link_is_one_only_if_it_is_ours_and_leads_to_the_web() -> None:
    source = "Subject: x\n\n{{ survey_url }} {{ act.words }}\n"
    given = Context(shop="S", act={"words": "https://x.example"}, survey_url="https://y.example")
    html = TemplateSet({("en", "t"): source}, "en").render(["t"], "en", given, "").html
    assert '<a href="https://y.example">https://y.example</a> https://x.example' in html
    odd = Context(shop="S", act={"words": "w"}, survey_url="javascript:alert(1)")
    assert "<a" not in TemplateSet({("en", "t"): source}, "en").render(["t"], "en", odd, "").html


def test_a_subject_that_comes_out_empty_fails() -> None:
    odd = TemplateSet({("en", "t"): "Subject: {{ name }}\n\ntext"}, "en")
    with pytest.raises(TemplateFailed):
        odd.render(["t"], "en", context(name="\n"), "")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "Hello",
        "Subject: x",
        "Subject: x\ny",
        "Subject: x\n\n",
        "Subject: \n\nx",
        "Subject: x\nAlso:\n\ny",
        "Subject: x\nAlso: y\nz",
        "Subject: x\nAlso: y\n\n",
    ],
)
def test_a_source_of_another_form_is_refused(source: str) -> None:
    with pytest.raises(TemplateFailed):
        TemplateSet({("en", "t"): source}, "en")
