"""`requite programme preview` shows every text, on the terminal and as a page."""

from html.parser import HTMLParser
from pathlib import Path

from typer.testing import CliRunner

from services.command_line import app
from tests.shared.programme.small import Bench

runner = CliRunner()


class Page(HTMLParser):
    """Languages that can be opened, links and what could load anything."""

    def __init__(self) -> None:
        super().__init__()
        self.languages: list[str | None] = []
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "details":
            self.languages.append(dict(attrs)["id"])
        if tag in {"script", "img", "link", "iframe", "form", "input"}:
            self.foreign.append(tag)


def test_texts_on_the_terminal(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "programme")
    result = runner.invoke(app, ["programme", "preview", str(bench.folder)])
    assert result.exit_code == 0
    assert "help-thanks  for help" in result.output
    assert "en, all is known" in result.output
    assert "fr, all is known" in result.output
    assert "Hello Ana," in result.output
    assert "Also: your help" in result.output


def test_one_language_and_one_template(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "programme")
    given = ["programme", "preview", str(bench.folder), "--language", "fr"]
    result = runner.invoke(app, given)
    assert "order-thanks" in result.output
    assert "en," not in result.output
    result = runner.invoke(app, [*given, "--template", "help-thanks"])
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_page_of_all(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "programme")
    bench.replace("programme.yaml", "shop: The Corner Shop", "shop: <b>The Shop</b>")
    file = tmp_path / "page.html"
    result = runner.invoke(app, ["programme", "preview", str(bench.folder), "--html", str(file)])
    assert result.exit_code == 0
    text = file.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.languages == ["en", "fr"]
    assert page.foreign == []
    assert "&lt;b&gt;The Shop" in text
    assert "<b>" not in text


def test_a_programme_with_faults_shows_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "programme")
    bench.replace("templates/en/help-thanks.txt.j2", "{{ name }}", "{{ nmae }}")
    result = runner.invoke(app, ["programme", "preview", str(bench.folder)])
    assert result.exit_code == 1
    assert "'nmae' is unknown" in result.output
