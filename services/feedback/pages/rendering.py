"""The pages of a survey, and those that only say something."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from services.feedback.domain import comment
from shared.pages.templates import PageTemplates, Reader
from shared.programme.languages import in_language
from shared.programme.model import ProgrammeSettings, Survey

Notice = Literal["thanks", "answered", "unknown", "expired", "busy"]
Fault = Literal["choose", "shorten"]


class _NoticeTexts(msgspec.Struct, frozen=True):
    title: str
    text: str


class _Texts(msgspec.Struct, frozen=True):
    """What the pages say themselves, in one language; the rest is the programme's."""

    language: str
    optional: str
    send: str
    choose: str
    shorten: str
    thanks: _NoticeTexts
    answered: _NoticeTexts
    unknown: _NoticeTexts
    expired: _NoticeTexts
    busy: _NoticeTexts


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent, to be completed; `faults` say what is wrong with it."""

    value: int | None = None
    comment: str = ""
    faults: Sequence[Fault] = ()


class Pages:
    """The pages of one programme. `policy` is their Content-Security-Policy."""

    def __init__(self, programme: ProgrammeSettings) -> None:
        self._templates = PageTemplates("services.feedback", programme)
        self.policy = self._templates.policy
        self._texts = self._templates.read_texts(_Texts)
        self._default = programme.locale

    def language(self, survey: Survey, reader: Reader) -> str:
        """The one of the survey's languages that is best for `reader`."""
        scale = survey.scale
        complete = set(survey.question).intersection(survey.why, scale.low, scale.high)
        return self._templates.language(complete, reader)

    def survey(self, survey: Survey, language: str, draft: Draft) -> str:
        """The question, the reason, one button."""
        texts = self._texts[self._templates.language(self._texts, Reader(language, ""))]
        return self._templates.render(
            "survey.html",
            texts=texts,
            language=language,
            question=in_language(survey.question, language, self._default),
            why=in_language(survey.why, language, self._default),
            low=in_language(survey.scale.low, language, self._default),
            high=in_language(survey.scale.high, language, self._default),
            values=range(survey.scale.lowest, survey.scale.highest + 1),
            value=draft.value,
            comment=draft.comment,
            most=comment.MAX_LENGTH,
            value_error=texts.choose if "choose" in draft.faults else None,
            comment_error=texts.shorten.format(most=comment.MAX_LENGTH)
            if "shorten" in draft.faults
            else None,
        )

    def notice(self, kind: Notice, reader: Reader) -> str:
        """A page that only says something."""
        texts = self._texts[self._templates.language(self._texts, reader)]
        return self._templates.render("notice.html", texts=texts, notice=getattr(texts, kind))
