"""What another formula would change, as a person would read it."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

Members = Mapping[str, Any]


def show_status(console: Console, formula: Members) -> None:
    """By which formula scores are made, and what stands beside it."""
    console.print(f"Scores are made by formula {formula['version']}, since {formula['since']}.")
    if formula["programme"] != formula["version"]:
        console.print(f"The server's programme folder has formula {formula['programme']}.")
    other = formula["other"]
    if other is None:
        return
    words = {
        "begun": "is being prepared",
        "building": f"is being built, {other['left']:,} customers are left",
        "built": "is ready: `requite programme apply` switches to it",
        "failed": "has failed its checks",
        "previous": "is the one before: `requite programme revert` goes back to it",
    }
    console.print(f"Formula {other['version']} {words[other['state']]}.")
    if other["difference"]:
        show_difference(console, other["difference"])


def show_difference(console: Console, difference: Members) -> None:
    """Who moves, how scores spread, who reaches what; then what to think of it."""
    console.print(f"\n{difference['customers']:,} customers, as of {difference['as_of']}\n")
    for table in (_moves(difference), _spread(difference), _reach(difference)):
        console.print(table)
        console.print()
    promoted = sum(difference["promotions"].values())
    console.print(
        f"{promoted:,} customers reach a higher level; a rule thanks {difference['thanks']:,} of"
        " them for it."
    )
    for what in difference["unchecked"]:
        console.print(f"Not compared, since it means something else now: {what}")
    for warning in difference["warnings"]:
        console.print(f"Warning: {warning}", style="yellow")
    for fault in difference["faults"]:
        console.print(f"Differs, and must not: {fault}", style="red")


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place == 0 else "right")
    return table


def _moves(difference: Members) -> Table:
    table = _table("Levels", "from", "to", "customers", "share")
    for move in difference["moves"]:
        share = move["customers"] / max(difference["customers"], 1)
        table.add_row(move["before"], move["after"], f"{move['customers']:,}", f"{share:.1%}")
    if not difference["moves"]:
        table.add_row("nobody moves", "", "", "")
    return table


def _spread(difference: Members) -> Table:
    table = _table("Scores", "", "now", "then")
    for name, now, then in _measures(difference["before"], difference["after"]):
        table.add_row(name, f"{now:,.1f}", f"{then:,.1f}")
    return table


def _measures(before: Members, after: Members) -> Iterator[tuple[str, float, float]]:
    yield "mean", before["mean"], after["mean"]
    for rank in sorted(before["quantiles"], key=float):
        yield f"{float(rank):.0%} are below", before["quantiles"][rank], after["quantiles"][rank]
    yield "highest", before["highest"], after["highest"]


def _reach(difference: Members) -> Table:
    table = _table("Reached within a year of the first act", "level", "customers", "share")
    for one in difference["reach"]:
        table.add_row(one["level"], f"{one['customers']:,}", f"{one['share']:.1%}")
    return table
