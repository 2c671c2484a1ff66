"""Which partition a key belongs to: the same answer as Kafka's default (Java) partitioner."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

_KEYS_REMEMBERED = 65_536


@lru_cache(maxsize=_KEYS_REMEMBERED)
def partition_for(key: bytes, partitions: int) -> int:
    """The partition, 0 to `partitions` - 1, of `key`.

    `toPositive(murmur2(key)) % partitions`, org.apache.kafka.clients.producer.internals.
    BuiltInPartitioner. The hash is pure Python and keys repeat, hence the cache.
    """
    position: int = murmur2(key) & 0x7FFFFFFF
    return position % partitions
