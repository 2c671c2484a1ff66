"""All templates of a programme: each by what uses it, and the layouts around them."""

from collections.abc import Collection, Iterator

from shared.programme.build import type_of_act
from shared.programme.folder import TEMPLATE_ENDING, Folder
from shared.programme.moment_names import moments_by_name
from shared.programme.problems import Problem
from shared.programme.samples import Sample, samples, samples_of_moment
from shared.programme.template_checks import Use, check_layout, check_template
from shared.programme.templates import layout_language
from shared.programme.templating.source import LAYOUT
from shared.programme.thanks_checks import templates_of
from shared.programme.thanks_rules import REQUEST


def check_texts(folder: Folder, faulty: Collection[str]) -> Iterator[Problem]:
    """Templates are tried on the examples of acts, but for those in `faulty` files."""
    tried = occasions(folder, faulty)
    for (language, name), template in folder.templates.items():
        if name == LAYOUT:
            yield from check_layout(template, language)
        else:
            yield from check_template(template, language, _use(folder, name, tried))
    yield from _missing_layouts(folder)


def occasions(folder: Folder, faulty: Collection[str] = ()) -> dict[str, tuple[Sample, Sample]]:
    """Samples of everything that a rule can be `on`, but for acts in `faulty` files."""
    sound = {name: act for name, act in folder.acts.items() if act.file not in faulty}
    of_acts = samples({name: type_of_act(name, act) for name, act in sound.items()})
    of_moments = {
        on: samples_of_moment(kind, name) for on, (kind, name) in moments_by_name(folder).items()
    }
    return {**of_acts, **of_moments, REQUEST: ({}, {})}


def _use(folder: Folder, template: str, tried: dict[str, tuple[Sample, Sample]]) -> Use:
    rules = [rule.data for rule in folder.thanks.values() if template in templates_of(rule.data)]
    return Use(
        occasions={rule["on"]: tried[rule["on"]] for rule in rules if rule["on"] in tried},
        is_praise=not rules or any(rule.get("purpose") != "promotion" for rule in rules),
        goes_along=any(rule.get("merge") != "never" for rule in rules),
    )


def _missing_layouts(folder: Folder) -> Iterator[Problem]:
    layouts = {language for language, name in folder.templates if name == LAYOUT}
    languages = {language for language, name in folder.templates if name != LAYOUT}
    for language in sorted(languages):
        if layout_language(layouts, language) is None:
            path = f"templates/{language}/{LAYOUT}{TEMPLATE_ENDING}"
            message = "is missing: greeting and sign-off for the texts of its language"
            yield Problem(folder.file(path), 1, 1, "", message)
