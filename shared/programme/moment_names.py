"""What rules may call moments: a kind, or a kind and which one of it."""

from collections.abc import Iterator, Mapping

from shared.contracts.engagement import MomentKind
from shared.programme.folder import Folder
from shared.programme.moment_rules import CONTACT, build_moment_rules
from shared.programme.samples import ANSWER


def moments_by_name(folder: Folder) -> dict[str, tuple[MomentKind, str]]:
    """Kind and name of a moment for each thing that a rule can be `on`: `first` and
    `first.purchase`, `level_reached.friend`, `touchpoint.helpers/monthly`. Only kinds that
    moments.yaml has on."""
    found: dict[str, tuple[MomentKind, str]] = {}
    for kind, names in _names(folder).items():
        for name in names:
            found.setdefault(kind, (kind, name))
            found[f"{kind}.{name}"] = (kind, name)
    return found


def _names(folder: Folder) -> Mapping[MomentKind, list[str]]:
    rules = build_moment_rules(folder.moments.data if folder.moments else {})
    levels = folder.scoring.data["levels"] if folder.scoring else ()
    acts = sorted(folder.acts.keys() | folder.broken_acts | {ANSWER})
    at_risk = rules.at_risk
    return {
        "first": sorted(rules.firsts),
        "nth": sorted(rules.nth),
        "level_reached": [level["name"] for level in levels] if rules.level_reached else [],
        "anniversary": [CONTACT] if rules.anniversaries_at else [],
        "comeback": acts if rules.comeback_after else [],
        "silence": ["silence"] if rules.silence else [],
        "at_risk": acts if at_risk else [],
        "touchpoint": list(_touchpoints(folder)),
    }


def _touchpoints(folder: Folder) -> Iterator[str]:
    for name, circle in folder.circles.items():
        for touchpoint in circle.data.get("touchpoints", ()):
            yield f"{name}/{touchpoint['name']}"
