"""The preference page, and those that only say something."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec
from babel.dates import format_date

from services.notifier.domain.choices import Choices
from services.notifier.domain.preferences import Frequency
from shared.contracts.purposes import Purpose
from shared.pages.templates import PageTemplates, Reader
from shared.programme.model import ProgrammeSettings

WORDING = "preference-page-1"
"""Grows when texts.json asks for something else than before."""

PAUSES: Mapping[str, int] = {"week": 7, "month": 30, "quarter": 91}
"""Days, by what a form sends."""

Notice = Literal["stopped", "unknown", "erased", "busy"]
Line = Literal["saved", "stopped_all", "stale"]


class _NoticeTexts(msgspec.Struct, frozen=True):
    title: str
    text: str


class _Choice(msgspec.Struct, frozen=True):
    label: str
    hint: str


class _Question(msgspec.Struct, frozen=True):
    legend: str
    hint: str


class _PauseTexts(msgspec.Struct, frozen=True):
    none: str
    keep: str
    week: str
    month: str
    quarter: str
    end: str


class _Texts(msgspec.Struct, frozen=True):
    """What the pages say in one language."""

    language: str
    title: str
    intro: str
    what: str
    purposes: dict[Purpose, _Choice]
    how_often: _Question
    frequencies: dict[Frequency, str]
    ways: _Question
    channels: dict[str, str]
    not_this_way: str
    pause: _Question
    pauses: _PauseTexts
    save: str
    stop: _NoticeTexts
    stop_button: str
    saved: str
    stopped_all: str
    stale: str
    stopped: _NoticeTexts
    unknown: _NoticeTexts
    erased: _NoticeTexts
    busy: _NoticeTexts


class Pages:
    """The pages of one programme. `policy` is their Content-Security-Policy."""

    def __init__(self, programme: ProgrammeSettings) -> None:
        self._templates = PageTemplates("services.notifier", programme)
        self.policy = self._templates.policy
        self._texts = self._templates.read_texts(_Texts)

    def preferences(
        self, choices: Choices, paused_until: date | None, reader: Reader, line: Line | None = None
    ) -> str:
        """The form as things stand; `paused_until` is the day where the customer lives, `line` says
        what became of the last one."""
        texts = self._texts_for(reader)
        until = paused_until and format_date(paused_until, "long", texts.language)
        return self._templates.render(
            "preferences.html",
            texts=texts,
            choices=choices,
            ranks={name: rank for rank, name in enumerate(choices.channels, 1)},
            pauses={name: getattr(texts.pauses, name) for name in PAUSES},
            keep=texts.pauses.keep.format(until=until) if until else None,
            line=line and getattr(texts, line),
            is_alert=line == "stale",
        )

    def notice(self, kind: Notice, reader: Reader) -> str:
        """A page that only says something."""
        texts = self._texts_for(reader)
        return self._templates.render("notice.html", texts=texts, notice=getattr(texts, kind))

    def wording(self, reader: Reader) -> str:
        """The version of the text that this reader sees."""
        return f"{WORDING}/{self._texts_for(reader).language}"

    def _texts_for(self, reader: Reader) -> _Texts:
        return self._texts[self._templates.language(self._texts, reader)]
