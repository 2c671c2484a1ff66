"""What no schema can say: the rules between values, files and templates."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from shared.errors import Invalid
from shared.money import fraction_digits
from shared.programme.act_checks import check_acts
from shared.programme.attention_checks import check_attention
from shared.programme.documents import Document
from shared.programme.folder import Folder
from shared.programme.group_checks import check_groups
from shared.programme.languages import best_language
from shared.programme.moment_checks import check_moments
from shared.programme.problems import Problem, did_you_mean
from shared.programme.scoring_checks import check_scoring
from shared.programme.text_checks import check_texts
from shared.programme.thanks_checks import check_thanks
from shared.programme.validation import schema

_LONGEST_AHEAD = timedelta(days=365)


def check(folder: Folder, today: date) -> Iterator[Problem]:
    """Every problem in the documents that their schemas accept, and in the templates."""
    if folder.settings:
        yield from check_settings(folder.settings)
        yield from _check_opened(folder.settings, today)
    faults_of_acts = list(check_acts(folder))
    yield from faults_of_acts
    if folder.scoring:
        yield from check_scoring(folder.scoring, folder)
    for survey in folder.surveys.values():
        yield from _check_survey(survey, _default_language(folder))
    yield from check_thanks(folder)
    if folder.attention:
        yield from check_attention(folder.attention)
    if folder.discovery:
        yield from _check_discovery(folder.discovery)
    if folder.moments:
        yield from check_moments(folder.moments, folder)
    yield from check_groups(folder)
    yield from check_texts(folder, {problem.file for problem in faults_of_acts})


def check_settings(settings: Document) -> Iterator[Problem]:
    """Every problem with currencies and the time zone."""
    data = settings.data
    for pointer, code in [("/currency", data["currency"])] + [
        (f"/exchange/{code}", code) for code in data.get("exchange", {})
    ]:
        try:
            fraction_digits(code)
        except Invalid as error:
            yield settings.problem(pointer, error.reason)
    own = data.get("exchange", {}).get(data["currency"], 1)
    if Decimal(own) != 1:
        message = "must be 1: it is the programme's own currency"
        yield settings.problem(f"/exchange/{data['currency']}", message)
    try:
        ZoneInfo(data["time_zone"])
    except (ValueError, OSError, LookupError):
        hint = did_you_mean(data["time_zone"], available_timezones())
        yield settings.problem("/time_zone", f"must be an IANA time zone.{hint}")


def _check_opened(settings: Document, today: date) -> Iterator[Problem]:
    opened = settings.data.get("opened")
    if opened is not None and date.fromisoformat(opened) > today + _LONGEST_AHEAD:
        message = "lies more than a year ahead: until that day every act would be refused"
        yield settings.problem("/opened", message)


def _check_discovery(discovery: Document) -> Iterator[Problem]:
    for name, given in discovery.data.items():
        rule = schema("discovery")["properties"][name]["default"] | given
        emit_from = rule["emit_from"]
        if emit_from != "never" and emit_from < rule["suggest_from"]:
            message = f"must be at least suggest_from, which is {rule['suggest_from']}"
            yield discovery.problem(f"/{name}/emit_from", message)


def _check_survey(survey: Document, default_language: str | None) -> Iterator[Problem]:
    data = survey.data
    scale = data["scale"]
    languages = data["question"].keys()
    if default_language and not best_language(languages, None, default_language):
        yield survey.problem("/question", f"has no text in '{default_language}', the default")
    texts = {"/why": data["why"], "/scale/low": scale["low"], "/scale/high": scale["high"]}
    for pointer, text in texts.items():
        if text.keys() != languages:
            message = f"must be in the languages of the question: {', '.join(sorted(languages))}"
            yield survey.problem(pointer, message)
    if scale["from"] >= scale["to"]:
        yield survey.problem("/scale/to", f"must be more than {scale['from']}")
    if not scale["from"] <= data["bad_at_most"] < scale["to"]:
        message = "must lie on the scale, below its highest number"
        yield survey.problem("/bad_at_most", message)
    if data["kind"] == "nps" and (scale["from"], scale["to"]) != (0, 10):
        yield survey.problem("/scale", "must go from 0 to 10 where kind is nps")


def _default_language(folder: Folder) -> str | None:
    return folder.settings.data["locale"] if folder.settings else None
