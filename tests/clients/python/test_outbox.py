"""Events stay on disk until they are settled."""

import os
from pathlib import Path

from requite_client.outbox import MAX_BATCH_BYTES, Outbox


def test_what_was_put_in_outlives_the_process(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "outbox.sqlite"
    child = os.fork()
    if child == 0:
        Outbox(file).put(b'{"id":"1"}')
        os._exit(0)
    os.waitpid(child, 0)
    outbox = Outbox(file)
    batch = outbox.take(10)
    assert batch is not None
    assert batch.body == b'[{"id":"1"}]'
    outbox.close()
    assert file.stat().st_mode & 0o077 == 0


def test_who_takes_has_them_alone_until_they_are_given_back(tmp_path: Path) -> None:
    mine, other = Outbox(tmp_path / "o"), Outbox(tmp_path / "o")
    mine.put(b"1")
    mine.put(b"2")
    first = mine.take(1)
    second = other.take(10)
    assert first is not None
    assert second is not None
    assert (first.events, second.events) == ((b"1",), (b"2",))
    assert mine.take(10) is None
    mine.give_back(first.places)
    again = other.take(10)
    assert again is not None
    assert again.events == (b"1",)
    other.remove(again.places)
    assert len(mine) == 1
    mine.close()
    other.close()


def test_a_batch_is_bounded_in_bytes(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    large = b"x" * (MAX_BATCH_BYTES // 2)
    for _ in range(3):
        outbox.put(large)
    sizes = []
    while batch := outbox.take(10):
        sizes.append(len(batch.places))
        outbox.remove(batch.places)
    assert sizes == [1, 1, 1]
    assert len(outbox) == 0
    outbox.close()


def test_the_outbox_works_on_in_a_forked_child(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    outbox.put(b"1")
    child = os.fork()
    if child == 0:
        outbox.put(b"2")
        os._exit(0)
    os.waitpid(child, 0)
    outbox.put(b"3")
    assert len(outbox) == 3
    outbox.close()
