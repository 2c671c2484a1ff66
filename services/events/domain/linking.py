"""Which links may be made: nobody loses an alias unasked, and no chain is long or closed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.events.domain.identity import Link, is_alias

LONGEST_CHAIN = 5
"""Most steps from an alias to its customer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`made` is to be written, over the target in `replaced` if the alias has one already."""

    made: Sequence[Link]
    replaced: Mapping[str, str]
    refused: Sequence[Link]


@dataclass(frozen=True, slots=True)
class _Known:
    """Targets by alias: all that the links of a plan lead to, and all that leads to them."""

    targets: dict[str, str] = field(default_factory=dict)
    sources: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, alias: str, target: str) -> None:
        """Let `alias` lead to `target`, whatever it led to before."""
        before = self.targets.get(alias)
        if before is not None:
            self.sources[before].discard(alias)
        self.targets[alias] = target
        self.sources[target].add(alias)

    def path(self, subject: str) -> list[str]:
        """Where `subject` leads to, step by step, with itself first."""
        path = [subject]
        while (target := self.targets.get(path[-1])) is not None and len(path) <= LONGEST_CHAIN + 1:
            path.append(target)
        return path

    def height(self, alias: str) -> int:
        """Steps of the longest chain that ends in `alias`."""
        level, height = {alias}, 0
        while height <= LONGEST_CHAIN:
            level = {one for place in level for one in self.sources.get(place, ())}
            if not level:
                break
            height += 1
        return height


def plan(links: Sequence[Link], known: Mapping[str, str], *, move: bool = False) -> Plan:
    """What becomes of `links`, made one after another on top of `known`.

    An alias that leads to a customer stays theirs, and a link elsewhere is refused unless `move`;
    one that leads to nobody yet follows the first link that does lead to somebody.
    """
    picture = _Known()
    for alias, target in known.items():
        picture.add(alias, target)
    made: dict[str, Link] = {}
    refused: list[Link] = []
    for link in links:
        before = picture.path(link.alias)
        after = picture.path(link.target)
        if before[1:2] == [link.target]:
            continue
        if link.alias in after:
            refused.append(link)
        elif not move and _is_held(before, after):
            if before[-1] != after[-1]:
                refused.append(link)
        elif picture.height(link.alias) + len(after) > LONGEST_CHAIN:
            refused.append(link)
        else:
            picture.add(link.alias, link.target)
            made[link.alias] = link
    replaced = {alias: known[alias] for alias in made if alias in known}
    return Plan(list(made.values()), replaced, refused)


def _is_held(before: Sequence[str], after: Sequence[str]) -> bool:
    if len(before) == 1:
        return False
    return not is_alias(before[-1]) or is_alias(after[-1])
