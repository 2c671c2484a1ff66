"""An invitation: a customer was asked a survey's question once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.feedback.domain.identity import identify
from shared.contracts.engagement import ActRef


@dataclass(frozen=True, slots=True)
class Invitation:
    """Asked at `time` (ms), by a message or by a link that the shop put somewhere itself."""

    customer: str
    survey: str
    time: int
    message_id: str | None = None
    act: ActRef | None = None

    @property
    def id(self) -> str:
        """Also the id of its one response: customer, survey, and the message or else the act."""
        if self.message_id is not None:
            return identify(self.customer, self.survey, "message", self.message_id)
        if self.act is not None:
            return identify(self.customer, self.survey, "act", self.act.source, self.act.id)
        return identify(self.customer, self.survey)

    def ids_for(self, customers: Iterable[str]) -> list[str]:
        """The ids that this invitation has for each of `customers`, who are the same person: one
        answer is enough, whichever of the ids the link names."""
        return [replace(self, customer=customer).id for customer in customers]
