"""An import that is interrupted goes on, and counts nothing twice."""

import random
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.events.history.checkpoint import Checkpoint, Progress, Refused, fingerprint
from services.events.history.importer import Import, Told, faulty_orders
from tests.services.events.history.builders import Ledger, make_plan, write_orders
from tests.services.events.mapping.builders import make_mapping


def make_import(path: Path, sink: Ledger, batch: int = 10) -> Import:
    """An import of `path` with its checkpoint beside it."""
    checkpoint = Checkpoint(path.parent / "state", fingerprint(path, "mapping", "target"))
    return Import(make_plan(path), make_mapping(), sink, checkpoint, batch)


def ignore(told: Told) -> None:
    """Nobody watches."""


async def test_all_acts_in_order_of_time_in_batches(tmp_path: Path) -> None:
    ledger, told = Ledger(), list[Told]()
    path = write_orders(tmp_path / "orders.csv", reversed(range(25)))
    sent = await make_import(path, ledger).run(told.append)
    assert list(chain(*ledger.batches)) == [f"order-{n}" for n in range(25)]
    assert [len(batch) for batch in ledger.batches] == [10, 10, 5]
    assert sent.accepted == 25
    assert told == [Told(0, 25), Told(10, 25), Told(20, 25), Told(25, 25)]


async def test_it_goes_on_after_the_last_acknowledged_batch(tmp_path: Path) -> None:
    path, ledger = write_orders(tmp_path / "orders.csv", range(25)), Ledger()
    ledger.fail_after, ledger.failure = 2, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await make_import(path, ledger).run(ignore)
    ledger.fail_after = None
    sent = await make_import(path, ledger, batch=4).run(ignore)
    assert ledger.batches[2:] == [[f"order-{n}" for n in range(20, 24)], ["order-24"]]
    assert sent.accepted == 25


@settings(deadline=None, max_examples=25)
@given(cuts=st.lists(st.integers(0, 4), max_size=6), batch=st.integers(1, 9), lost=st.booleans())
async def test_whatever_happens_each_act_counts_once(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], batch: int, lost: bool
) -> None:
    """Killed after any batch, also between the acknowledgement and the checkpoint."""
    folder = tmp_path_factory.mktemp("import")
    path, ledger = write_orders(folder / "orders.csv", range(20)), Ledger()
    ledger.failure = ConnectionError()
    for cut in cuts:
        ledger.fail_after = len(ledger.batches) + cut
        one = make_import(path, ledger, batch)
        before = one.checkpoint.load()
        try:
            await one.run(ignore)
        except ConnectionError:
            if lost:
                one.checkpoint.save(before)
    ledger.fail_after = None
    await make_import(path, ledger, batch).run(ignore)
    assert ledger.totals == {f"order-{n}": f"{n}.50" for n in range(20)}


async def test_a_shuffled_file_is_another_file_with_the_same_acts(tmp_path: Path) -> None:
    numbers, ledger = list(range(20)), Ledger()
    await make_import(write_orders(tmp_path / "a.csv", numbers), ledger).run(ignore)
    totals = dict(ledger.totals)
    random.Random(7).shuffle(numbers)
    await make_import(write_orders(tmp_path / "b.csv", numbers), ledger).run(ignore)
    assert len(ledger.batches) == 4
    assert ledger.totals == totals


async def test_refusals_survive_an_interruption(tmp_path: Path) -> None:
    path, ledger = write_orders(tmp_path / "orders.csv", range(25)), Ledger({"order-3": "no"})
    ledger.fail_after, ledger.failure = 2, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await make_import(path, ledger).run(ignore)
    ledger.fail_after = None
    one = make_import(path, ledger)
    sent = await one.run(ignore)
    assert (sent.accepted, sent.refused) == (24, (Refused("order-3", "3", "no"),))
    assert faulty_orders(one.plan, sent)["3"].reason == "refused by the target (order-3): no"


def test_a_checkpoint_belongs_to_file_mapping_and_target(tmp_path: Path) -> None:
    path = write_orders(tmp_path / "orders.csv", range(3))
    first = fingerprint(path, "m", "t")
    assert first == fingerprint(path, "m", "t")
    assert len({first, fingerprint(path, "n", "t"), fingerprint(path, "m", "u")}) == 3
    write_orders(path, range(4))
    assert fingerprint(path, "m", "t") != first


@pytest.mark.parametrize("content", [b"", b"{", b'{"accepted": "x"}', b"\xff"])
def test_a_damaged_checkpoint_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    checkpoint = Checkpoint(tmp_path, "x")
    assert checkpoint.load() == Progress()
    checkpoint.save(Progress(("t", "i"), 3))
    assert checkpoint.load() == Progress(("t", "i"), 3)
    checkpoint.clear()
    checkpoint.clear()
    assert checkpoint.load() == Progress()
