"""What no schema can say of moments.yaml."""

from collections.abc import Iterator

from shared.programme.documents import Document
from shared.programme.folder import Folder
from shared.programme.moment_rules import CONTACT
from shared.programme.problems import Problem
from shared.programme.samples import ANSWER


def check_moments(moments: Document, folder: Folder) -> Iterator[Problem]:
    """Names of acts and levels that there are none of."""
    data = moments.data
    acts = folder.acts.keys() | folder.broken_acts | {ANSWER}
    at_risk = data.get("at_risk", {})
    for index, act in enumerate(data.get("firsts", ())):
        if act not in acts | {CONTACT}:
            yield moments.unknown(f"/firsts/{index}", act, acts | {CONTACT})
    for act in data.get("nth", {}):
        if act not in acts:
            yield moments.unknown(f"/nth/{act}", act, acts)
    for index, act in enumerate(at_risk.get("acts", ())):
        if act not in acts:
            yield moments.unknown(f"/at_risk/acts/{index}", act, acts)
    if folder.scoring and "from_level" in at_risk:
        levels = [level["name"] for level in folder.scoring.data["levels"]]
        if at_risk["from_level"] not in levels:
            yield moments.unknown("/at_risk/from_level", at_risk["from_level"], levels)
