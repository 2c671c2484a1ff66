"""What an import shows: how far it is, and what came of it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from services.events.history.importer import Tell, Told
from services.events.mapping.plan import Plan, PlannedAct
from services.events.mapping.tally import Tally
from shared.contracts.acts import PURCHASE, REFUND, short_name

PLAIN_SECONDS = 5.0
FIRST_REJECTS = 10


class RateColumn(ProgressColumn):
    """Steps a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed or 0:,.0f} {self._unit}/s")


@contextmanager
def progress(console: Console, what: str, unit: str) -> Iterator[Tell]:
    """A bar with rate and time left; plain lines where there is no terminal."""
    if not console.is_terminal:
        yield _plain(console, what, unit)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        RateColumn(unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        task = bars.add_task(what, total=None)
        started = False

        def tell(told: Told) -> None:
            nonlocal started
            if not started:  # what was done before must not count as speed
                bars.reset(task, completed=told.done, total=told.total)
                started = True
            bars.update(task, completed=told.done, total=told.total)

        yield tell


def _plain(console: Console, what: str, unit: str) -> Tell:
    start = last = time.monotonic()
    first: int | None = None
    finished = False

    def tell(told: Told) -> None:
        nonlocal first, last, finished
        first = told.done if first is None else first
        now = time.monotonic()
        if finished or (now - last < PLAIN_SECONDS and told.done < told.total):
            return
        last, finished = now, told.done >= told.total
        console.print(f"{what}: {told.done:,} of {told.total:,} {unit}", end="")
        if rate := (told.done - first) / max(now - start, 1e-6):
            left = (told.total - told.done) / rate
            console.print(f", {rate:,.0f} {unit}/s, {left:,.0f} s left", end="")
        console.print()

    return tell


def show_plan(console: Console, plan: Plan[PlannedAct]) -> None:
    """Acts by type and currency with their sums, then what stays out."""
    tally = plan.tally
    console.print(_money(tally))
    if tally.first and tally.last:
        span = f"from {tally.first:%Y-%m-%d} to {tally.last:%Y-%m-%d}"
        console.print(f"{len(tally.customers):,} customers, {span}")
    console.print()
    console.print(_lines(tally))
    if tally.negative:
        console.print(
            f"{tally.negative:,} orders have a total below zero though nothing marks them as"
            " cancelled: money went back, so each is a refund."
        )
    if tally.without_products:
        console.print(
            f"{tally.without_products:,} orders have more lines than the mapping's"
            " products.limit and come in without their products."
        )


def _money(tally: Tally) -> Table:
    table = Table("act", title="Acts", title_justify="left")
    for heading in ("number", "sum", "currency"):
        table.add_column(heading, justify="right")
    for currency in sorted({currency for _, currency in tally.sums}):
        sums = {kind: tally.sums.get((kind, currency)) for kind in (PURCHASE, REFUND)}
        for kind, amount in sums.items():
            if amount is not None:
                number = tally.numbers[kind, currency]
                shown = f"{'-' if kind == REFUND else ''}{amount:,}"
                table.add_row(short_name(kind), f"{number:,}", shown, currency)
        net = (sums[PURCHASE] or 0) - (sums[REFUND] or 0)
        table.add_row("net", "", f"{net:,}", currency, style="bold")
    for kind, currency in sorted(tally.numbers):
        if not currency:
            table.add_row(short_name(kind), f"{tally.numbers[kind, currency]:,}", "", "")
    return table


def _lines(tally: Tally) -> Table:
    table = Table("lines of the file", title="Lines", title_justify="left")
    for heading in ("orders", "lines"):
        table.add_column(heading, justify="right")
    table.add_row("taken", f"{tally.taken.orders:,}", f"{tally.taken.lines:,}")
    for reason, count in tally.left_out.items():
        if count.lines:
            label = f"left out: {reason.replace('_', ' ')}"
            table.add_row(label, f"{count.orders:,}", f"{count.lines:,}")
    rejected = tally.rejected.lines + tally.rejected_lines
    if rejected:
        table.add_row("rejected", f"{tally.rejected.orders:,}", f"{rejected:,}", style="red")
    table.add_row("read", "", f"{tally.lines:,}", style="bold")
    return table


def show_rejects(console: Console, plan: Plan[PlannedAct]) -> None:
    """The first rejects of a plan with their reasons; never a value of the row."""
    reasons = _reasons(plan)
    if reasons:
        console.print("\nThe first rejects:")
    for where, reason in islice(reasons.items(), FIRST_REJECTS):
        console.print(f"  {where}: {reason}", markup=False)


def _reasons(plan: Plan[PlannedAct]) -> Mapping[str, str]:
    lines = dict(plan.faulty_lines)
    whole: dict[str, str] = {}
    for order_id, fault in plan.faulty_orders.items():
        if fault.line:
            lines[fault.line] = fault.reason
        else:
            whole[f"order {order_id}"] = fault.reason
    return {f"line {line}": lines[line] for line in sorted(lines)} | whole
