"""HTML from templates: everything escaped, no script, one style whose hash the policy allows."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.feedback.domain import comment
from services.feedback.domain.languages import choose
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
class Reader:
    """Whom a page is for: the customer's locale if it is known, and the browser's wish."""

    locale: str | None
    accepted: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent, to be completed; `faults` say what is wrong with it."""

    value: int | None = None
    comment: str = ""
    faults: Sequence[Fault] = ()


class Pages:
    """The pages of one programme. `policy` is their Content-Security-Policy."""

    def __init__(self, programme: ProgrammeSettings) -> None:
        package = files(__package__)
        style = package.joinpath("style.css").read_text(encoding="utf-8")
        digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        self._texts = msgspec.json.decode(
            package.joinpath("texts.json").read_bytes(), type=dict[str, _Texts]
        )
        self._default = programme.locale
        self._environment = Environment(
            loader=PackageLoader("services.feedback", "pages"),
            autoescape=True,
            trim_blocks=True,
            undefined=StrictUndefined,
        )
        self._environment.globals.update(style=Markup(style), shop=programme.shop)

    def language(self, survey: Survey, reader: Reader) -> str:
        """The one of the survey's languages that is best for `reader`."""
        scale = survey.scale
        complete = set(survey.question).intersection(survey.why, scale.low, scale.high)
        return choose(complete, reader.locale, reader.accepted, self._default)

    def survey(self, survey: Survey, language: str, draft: Draft) -> str:
        """The question, the reason, one button."""
        texts = self._texts[choose(self._texts, language, "", self._default)]
        return self._environment.get_template("survey.html").render(
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
        texts = self._texts[choose(self._texts, reader.locale, reader.accepted, self._default)]
        return self._environment.get_template("notice.html").render(
            texts=texts, notice=getattr(texts, kind)
        )
