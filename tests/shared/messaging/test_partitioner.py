"""Keys lie where Kafka's own clients put and look for them."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.partitioner import partition_for


@given(st.binary(max_size=40), st.integers(1, 64))
def test_it_agrees_with_aiokafka(key: bytes, partitions: int) -> None:
    places = list(range(partitions))
    assert partition_for(key, partitions) == DefaultPartitioner()(key, places, places)


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_it_agrees_with_the_java_client(key: bytes, murmur2: int) -> None:
    # The hashes are those of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
    assert partition_for(key, 1009) == (murmur2 & 0x7FFFFFFF) % 1009
