"""What no schema can say: the rules between values, files and templates."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from shared.errors import Invalid
from shared.money import fraction_digits
from shared.programme.documents import Document
from shared.programme.folder import TEMPLATE_ENDING, Folder
from shared.programme.languages import best_language
from shared.programme.problems import Problem, did_you_mean
from shared.programme.samples import SAMPLES
from shared.programme.template_checks import check_template


def check(folder: Folder) -> Iterator[Problem]:
    """Every problem in the documents that their schemas accept, and in the templates."""
    if folder.settings:
        yield from _check_settings(folder.settings)
    if folder.scoring:
        yield from _check_acts(folder.scoring)
        yield from _check_levels(folder.scoring)
    for survey in folder.surveys.values():
        yield from _check_survey(survey, _default_language(folder))
    yield from _check_thanks(folder)
    for (_, name), template in folder.templates.items():
        yield from check_template(template, _acts_thanked_by(folder, name))


def _check_settings(settings: Document) -> Iterator[Problem]:
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


def _check_acts(scoring: Document) -> Iterator[Problem]:
    acts: dict[str, Any] = scoring.data["acts"]
    dimensions = scoring.data["dimensions"]
    earning = [name for name, act in acts.items() if "reverses" not in act]
    for name, act in acts.items():
        if "dimension" in act and act["dimension"] not in dimensions:
            yield _unknown(scoring, f"/acts/{name}/dimension", act["dimension"], dimensions)
        if "reverses" in act and act["reverses"] not in earning:
            yield _unknown(scoring, f"/acts/{name}/reverses", act["reverses"], earning)
        if "points_per" in act and "total" not in SAMPLES.get(name, ({},))[0]:
            yield scoring.problem(f"/acts/{name}/points_per", "this act has no amount: say points")


def _check_levels(scoring: Document) -> Iterator[Problem]:
    levels = [(level["name"], Decimal(level["from"])) for level in scoring.data["levels"]]
    if levels[0][1] != 0:
        yield scoring.problem("/levels/0/from", "the first level must start from 0")
    for index, ((_, lower), (_, upper)) in enumerate(pairwise(levels), start=1):
        if upper <= lower:
            yield scoring.problem(f"/levels/{index}/from", f"must be more than {lower} before it")
    names = [name for name, _ in levels]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield scoring.problem(f"/levels/{index}/name", "another level has this name")


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
            yield from _check_thanked_act(rule, folder.scoring.data["acts"])
        if data["on"] in first:
            message = f"thanks/{first[data['on']]}.yaml thanks for this act already"
            yield rule.problem("/on", message)
        first.setdefault(data["on"], name)
        if "survey" in data and data["survey"] not in surveys:
            yield _unknown(rule, "/survey", data["survey"], surveys)
        yield from _check_template_of(rule, folder)


def _check_thanked_act(rule: Document, acts: dict[str, Any]) -> Iterator[Problem]:
    act = rule.data["on"]
    if act not in acts:
        yield _unknown(rule, "/on", act, acts)
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


def _acts_thanked_by(folder: Folder, template: str) -> list[str]:
    rules = (rule.data for rule in folder.thanks.values())
    return [rule["on"] for rule in rules if rule["template"] == template]


def _default_language(folder: Folder) -> str | None:
    return folder.settings.data["locale"] if folder.settings else None


def _unknown(document: Document, pointer: str, word: str, known: Collection[str]) -> Problem:
    hint = did_you_mean(word, known) or f" Known: {', '.join(sorted(known)) or 'none'}."
    return document.problem(pointer, f"'{word}' is unknown.{hint}")
