"""A text as a light HTML document: no images, nothing loaded, the reader's own colours."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from markupsafe import Markup

from shared.programme.templating.locales import is_right_to_left
from shared.programme.templating.paragraphs import Paragraph

_DOCUMENT = Markup("""\
<!doctype html>
<html lang="{language}" dir="{direction}" style="color-scheme:light dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
</head>
<body style="margin:0;padding:24px 16px">
<div style="max-width:34em;margin:0 auto;font:16px/1.55 Georgia,'Times New Roman',serif">
{content}
</div>
</body>
</html>
""")


def document(subject: str, content: Iterable[Paragraph], language: str) -> str:
    """A whole document. Lines of `content` that are no Markup are escaped, as `subject` is."""
    right_to_left = is_right_to_left(language)
    shown = _DOCUMENT.format(
        language=language,
        direction="rtl" if right_to_left else "ltr",
        subject=subject,
        content=Markup("\n").join(_blocks(content, "right" if right_to_left else "left")),
    )
    return str(shown)


def _blocks(content: Iterable[Paragraph], start: str) -> Iterator[Markup]:
    for is_quotation, group in groupby(content, lambda one: one.is_quotation):
        shown = [_paragraph(one) for one in group]
        if is_quotation:
            yield _quotation(Markup("\n").join(shown), start)
        else:
            yield from shown


def _paragraph(paragraph: Paragraph) -> Markup:
    return Markup('<p style="margin:0 0 1.1em">') + _lines(paragraph) + Markup("</p>")


def _quotation(content: Markup, start: str) -> Markup:
    style = f"margin:0 0 1.1em;padding:0 1em;border-{start}:3px solid #8a8a8a"
    opening = Markup(f'<blockquote style="{style}">\n')
    return opening + content + Markup("\n</blockquote>")


def _lines(paragraph: Paragraph) -> Markup:
    return Markup("<br>\n").join(paragraph.lines)


def content_of(html: str) -> Markup:
    """What stands inside the body of a `document`, to be shown inside another page."""
    return Markup(html.partition("<body")[2].partition(">")[2].rpartition("</body>")[0])
