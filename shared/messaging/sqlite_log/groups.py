"""Sharing partitions among the members of one consumer group, all of this process."""

from shared.messaging.sqlite_log.rows import Partition, Place
from shared.messaging.sqlite_log.subscription import SqliteSubscription


class Group:
    """The members of one group; each partition of a topic goes to one of those who read it."""

    def __init__(self) -> None:
        self._members: list[SqliteSubscription] = []

    def join(self, member: SqliteSubscription) -> None:
        """Take `member` in and share anew."""
        self._members.append(member)
        self._share()

    def leave(self, member: SqliteSubscription) -> None:
        """Let `member` go and share anew."""
        self._members.remove(member)
        member.assign({})
        self._share()

    def wake(self, topic: str) -> None:
        """Tell those who read `topic` that it has new records."""
        for member in self._members:
            if topic in member.topics:
                member.wake()

    def _share(self) -> None:
        shares: dict[SqliteSubscription, dict[Place, Partition]] = {m: {} for m in self._members}
        topics = {name: t for member in self._members for name, t in member.topics.items()}
        for name, topic in topics.items():
            readers = [member for member in self._members if name in member.topics]
            for partition in topic.partitions:
                reader = readers[partition.number % len(readers)]
                shares[reader][name, partition.number] = partition
        for member, share in shares.items():
            member.assign(share)
