"""What holds of every page that customers see."""

from html.parser import HTMLParser

VOID = {"meta", "input", "link", "br"}


class Outline(HTMLParser):
    """Elements with their attributes; fails where tags are not closed as they were opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str | None]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


def check_page(html: str) -> Outline:
    """What holds of every page; its outline."""
    assert html.startswith("<!doctype html>")
    assert len(html.encode()) < 30_000
    outline = Outline(html)
    names = {name for name, _ in outline.elements}
    assert not names & {"script", "link", "img", "iframe", "object"}
    assert {name for _, attributes in outline.elements for name in attributes}.isdisjoint({"style"})
    assert not any(a.startswith("on") for _, attributes in outline.elements for a in attributes)
    assert len(outline.all("h1")) == len(outline.all("title")) == len(outline.all("main")) == 1
    assert len(set(outline.ids)) == len(outline.ids)
    for _, attributes in outline.elements:
        for name in ("for", "aria-describedby"):
            assert attributes.get(name) in {None, *outline.ids}
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in outline.all(
        "meta"
    )
    return outline
