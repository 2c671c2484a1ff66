"""What no schema can say: the rules between values, files and templates."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from shared.errors import Invalid
from shared.money import fraction_digits
from shared.programme.act_checks import check_acts
from shared.programme.build import type_of_act
from shared.programme.documents import Document
from shared.programme.folder import TEMPLATE_ENDING, Folder
from shared.programme.group_checks import check_groups
from shared.programme.languages import best_language
from shared.programme.moment_checks import check_moments
from shared.programme.problems import Problem, did_you_mean
from shared.programme.samples import samples
from shared.programme.scoring_checks import check_scoring
from shared.programme.template_checks import check_template
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
    yield from _check_thanks(folder)
    if folder.discovery:
        yield from _check_discovery(folder.discovery)
    if folder.moments:
        yield from check_moments(folder.moments, folder)
    yield from check_groups(folder)
    yield from _check_templates(folder, {problem.file for problem in faults_of_acts})


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


def _check_thanks(folder: Folder) -> Iterator[Problem]:
    first: dict[str, str] = {}
    surveys = folder.surveys.keys() | folder.broken_surveys
    for name, rule in folder.thanks.items():
        data = rule.data
        if folder.scoring:
            yield from _check_thanked_act(rule, folder.scoring.data["acts"], folder.acts)
        if data["on"] in first:
            message = f"thanks/{first[data['on']]}.yaml thanks for this act already"
            yield rule.problem("/on", message)
        first.setdefault(data["on"], name)
        if "survey" in data and data["survey"] not in surveys:
            yield rule.unknown("/survey", data["survey"], surveys)
        yield from _check_template_of(rule, folder)


def _check_thanked_act(
    rule: Document, acts: dict[str, Any], types: Collection[str]
) -> Iterator[Problem]:
    act = rule.data["on"]
    if act not in acts and act in types:
        message = f"'{act}' is not in scoring.yaml: give it points there, 0 if it earns nothing"
        yield rule.problem("/on", message)
    elif act not in acts:
        yield rule.unknown("/on", act, acts)
    elif "reverses" in acts[act]:
        yield rule.problem("/on", f"nobody is thanked for '{act}': it takes points back")


def _check_template_of(rule: Document, folder: Folder) -> Iterator[Problem]:
    default = _default_language(folder)
    template = rule.data["template"]
    languages = [language for language, name in folder.templates if name == template]
    if default and not best_language(languages, None, default):
        hint = did_you_mean(template, {name for _, name in folder.templates} - {template})
        path = f"templates/{default}/{template}{TEMPLATE_ENDING}"
        yield rule.problem("/template", f"{path} is missing.{hint}")


def _check_templates(folder: Folder, faulty: Collection[str]) -> Iterator[Problem]:
    """Templates are tried on the examples of acts, but for those in `faulty` files."""
    sound = {name: act for name, act in folder.acts.items() if act.file not in faulty}
    tried = samples({name: type_of_act(name, act) for name, act in sound.items()})
    for (_, name), template in folder.templates.items():
        acts = {act: tried[act] for act in _acts_thanked_by(folder, name) if act in tried}
        yield from check_template(template, acts)


def _acts_thanked_by(folder: Folder, template: str) -> list[str]:
    rules = (rule.data for rule in folder.thanks.values())
    return [rule["on"] for rule in rules if rule["template"] == template]


def _default_language(folder: Folder) -> str | None:
    return folder.settings.data["locale"] if folder.settings else None
