"""The reject file: complete, private, and good for a second try."""

import csv
import stat
from pathlib import Path

from services.events.history.importer import read_plan
from services.events.history.rejects import rejects_of, write_rejects
from services.events.mapping.acts import OrderAct
from services.events.mapping.language import Mapping
from services.events.mapping.plan import Fault, Plan, PlannedAct
from tests.services.events.history.builders import HEADER
from tests.services.events.mapping.builders import ADMISSION, LINES, make_mapping

LATIN = LINES + "encoding: cp1252\ndelimiter: ';'\ndecimal: ','\n"
BAD = (
    HEADER.replace(",", ";")
    + "1;2026-01-05;c-1;1;2,50\n"
    + "2;2026-01-05;c-1;1;2.50\n"
    + "2;2026-01-05;Bär;1;1,00\n"
    + ";2026-01-05;c-1;1;1,00\n"
    + "3;2026-01-05;c-1;1\n"
)


def write(path: Path, mapping: Mapping, plan: Plan[PlannedAct]) -> list[list[str]]:
    """The rows of the reject file of `path`."""
    target = path.with_suffix(".rejects.csv")
    rejects = rejects_of(path, mapping, plan.faulty_lines, plan.faulty_orders)
    write_rejects(target, path, mapping.file, rejects)
    if not target.exists():
        return []
    with target.open(encoding="cp1252", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def plan_from(path: Path, mapping: Mapping) -> Plan[PlannedAct]:
    return read_plan(path, mapping, ADMISSION, lambda told: None)


def test_rows_as_they_stood_with_line_and_reason(tmp_path: Path) -> None:
    path, mapping = tmp_path / "orders.csv", make_mapping(LATIN)
    path.write_text(BAD, "cp1252")
    plan = plan_from(path, mapping)
    assert write(path, mapping, plan) == [
        ["line", "reason", "id", "time", "customer", "quantity", "price"],
        ["3", "price: not a number", "2", "2026-01-05", "c-1", "1", "2.50"],
        [
            "4",
            "the order is left out because of line 3: price: not a number",
            *("2", "2026-01-05", "Bär", "1", "1,00"),
        ],
        ["5", "no order id", "", "2026-01-05", "c-1", "1", "1,00"],
        ["6", "4 cells where the first line has 5", "3", "2026-01-05", "c-1", "1"],
    ]
    mode = (tmp_path / "orders.rejects.csv").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_the_mended_file_goes_through_the_same_mapping(tmp_path: Path) -> None:
    path, mapping = tmp_path / "orders.csv", make_mapping(LATIN)
    path.write_text(BAD, "cp1252")
    write(path, mapping, plan_from(path, mapping))
    rejects = tmp_path / "orders.rejects.csv"
    mended = rejects.read_text("cp1252").replace("2.50", "2,50").replace("Bär", "c-1")
    rejects.write_text(mended, "cp1252")
    plan = plan_from(rejects, mapping)
    (act,) = plan.acts
    assert isinstance(act, OrderAct)
    assert (act.id, str(act.total)) == ("order-2", "3.50")


def test_nothing_rejected_leaves_no_file(tmp_path: Path) -> None:
    path, mapping = tmp_path / "orders.csv", make_mapping()
    path.write_text(HEADER + "1,2026-01-05,c-1,1,1\n")
    (tmp_path / "orders.rejects.csv").write_text("from last time")
    assert write(path, mapping, plan_from(path, mapping)) == []
    assert [one.name for one in tmp_path.iterdir()] == ["orders.csv"]


def test_json_lines_keep_their_text(tmp_path: Path) -> None:
    path, mapping = tmp_path / "orders.jsonl", make_mapping("format: jsonl\n" + LINES)
    path.write_text('{"id": 1, "price": "x"}\n{"id"\n')
    plan = plan_from(path, mapping)
    target = tmp_path / "rejects.csv"
    assert write_rejects(
        target, path, mapping.file, rejects_of(path, mapping, plan.faulty_lines, plan.faulty_orders)
    )
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[-1] for row in rows] == ["row", '{"id": 1, "price": "x"}', '{"id"']


def test_what_the_target_refused_is_told_of_the_whole_order(tmp_path: Path) -> None:
    path, mapping = tmp_path / "orders.csv", make_mapping()
    path.write_text(HEADER + "1,2026-01-05,c-1,1,1\n1,2026-01-05,c-1,1,1\n")
    told = list(rejects_of(path, mapping, {}, {"1": Fault(0, "refused")}))
    assert [(line.number, reason) for line, reason in told] == [(2, "refused"), (3, "refused")]
