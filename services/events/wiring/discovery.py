"""The detectors that the programme has switched on."""

from collections.abc import Sequence

from services.events.detectors.accepted_answer import AcceptedAnswer
from services.events.detectors.port import Detector
from services.events.detectors.thankful_reply import ThankfulReply
from services.events.detectors.word_list import WordList
from services.events.detectors.word_of_mouth import WordOfMouth
from services.events.ports.stores import Stores
from services.events.use_cases.discovery import Discover, Discovery
from services.events.use_cases.suggestions import TellFindings
from shared.runtime import Infrastructure


def make_discover(infrastructure: Infrastructure, stores: Stores, tell: TellFindings) -> Discover:
    """Looks at acts, and has `tell` tell what it finds."""
    rules = infrastructure.programme.discovery
    detectors: Sequence[Detector] = (AcceptedAnswer(), ThankfulReply(WordList()), WordOfMouth())
    switched_on = [one for one in detectors if one.name in rules and rules[one.name].on]
    return Discover(
        Discovery(switched_on, rules),
        stores.threads,
        stores.suggestions,
        stores.identities,
        tell,
        infrastructure.clock,
    )
