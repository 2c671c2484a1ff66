"""The connector of a Typeform form."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from services.events.connectors.body import JsonBody
from services.events.connectors.port import Reading
from services.events.connectors.setup import Setup
from services.events.connectors.typeform.response import read_response
from services.events.connectors.typeform.wire import Envelope, ResponseEvent
from shared.webhooks.delivery import Delivery
from shared.webhooks.digests import check_hmac, from_base64, without_prefix

_ENVELOPE = JsonBody(Envelope)
_RESPONSE = JsonBody(ResponseEvent)


class Options(Struct, forbid_unknown_fields=True):
    """What a source's file may set. `hidden`: the hidden field that names the customer, by id,
    alias or e-mail address; whoever knows the form's address can write anything there."""

    hidden: str = "user_id"
    act: Literal["survey_answer", "review", "complaint"] = "survey_answer"


class Typeform:
    """`Typeform-Signature` is `sha256=` and base64 over the raw body."""

    reads = frozenset[str]()

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._options = setup.options_as(Options)

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        signature = delivery.headers.get("typeform-signature")
        digest = from_base64(without_prefix(signature, "sha256="))
        check_hmac(delivery.body, [digest], (secret.encode() for secret in secrets))

    def read(self, delivery: Delivery) -> Reading:
        if _ENVELOPE.read(delivery.body).event_type != "form_response":
            return Reading(ignored="an event that is not read")
        response = _RESPONSE.read(delivery.body).form_response
        setup, options = self._setup, self._options
        act = read_response(setup.source, response, options.act, options.hidden, setup.email_alias)
        return Reading(acts=(act,))
