"""The page that asks, and those that only say something."""

from typing import Literal

import msgspec

from shared.pages.templates import PageTemplates, Reader
from shared.programme.model import ProgrammeSettings

Notice = Literal["linked", "taken", "unknown", "expired", "busy"]


class _NoticeTexts(msgspec.Struct, frozen=True):
    title: str
    text: str


class _Texts(msgspec.Struct, frozen=True):
    """What the pages say, in one language."""

    language: str
    question: str
    why: str
    confirm: str
    otherwise: str
    linked: _NoticeTexts
    taken: _NoticeTexts
    unknown: _NoticeTexts
    expired: _NoticeTexts
    busy: _NoticeTexts


class Pages:
    """The pages of one programme. `policy` is their Content-Security-Policy."""

    def __init__(self, programme: ProgrammeSettings) -> None:
        self._templates = PageTemplates("services.events", programme)
        self.policy = self._templates.policy
        self._texts = self._templates.read_texts(_Texts)

    def confirm(self, alias: str, reader: Reader) -> str:
        """Which account it is, in words that its owner knows: name, then place."""
        *place, account = alias.split(":", 2)
        return self._templates.render(
            "confirm.html",
            texts=self._in_best_language(reader),
            account=account,
            place=", ".join(reversed(place)),
        )

    def notice(self, kind: Notice, reader: Reader) -> str:
        """A page that only says something."""
        texts = self._in_best_language(reader)
        return self._templates.render("notice.html", texts=texts, notice=getattr(texts, kind))

    def _in_best_language(self, reader: Reader) -> _Texts:
        return self._texts[self._templates.language(self._texts, reader)]
