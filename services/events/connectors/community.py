"""What forums tell, whatever the platform: posts, accepted answers, and what takes them back."""

from dataclasses import dataclass
from typing import Any

from services.events.connectors.act import make_act
from shared.contracts.cloudevents import CloudEvent

MAX_BODY = 4000


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of the source; `asker` is an alias of who began it."""

    source: str
    id: str
    asker: str
    title: str | None = None

    def post(
        self, id: str, content_id: str, author: str, time: str, body: str, **more: Any
    ) -> CloudEvent:
        """The act `id` of writing `content_id` in this thread."""
        said = {"thread_id": self.id, "title": self.title, "body": body[:MAX_BODY] or None}
        members = {"content_id": content_id, "channel": "community", **said, **more}
        return make_act(self.source, "user_content", id, author, time, members)

    def accepted(self, id: str, content_id: str, helper: str, time: str, **more: Any) -> CloudEvent:
        """The act `id` of having been helped by what `helper` wrote, `content_id`."""
        said = {"helper": helper, "topic": self.title, "thread_id": self.id}
        members = {"content_id": content_id, "channel": "community", **said, **more}
        return make_act(self.source, "help_received", id, self.asker, time, members)

    def no_longer_accepted(self, id: str, time: str) -> CloudEvent:
        """What takes the act `id` of `accepted` back."""
        reason = "the answer is no longer accepted"
        return withdrawal(self.source, id, self.asker, time, reason)


def withdrawal(source: str, id: str, subject: str, time: str, reason: str) -> CloudEvent:
    """What takes the act `id` of `subject` back."""
    data = {"id": id, "reason": reason}
    return make_act(source, "withdrawal", f"withdrawal-{id}", subject, time, data)
