"""A store that the release before books and watches has written, row by row, opened by this one.

Then a withdrawal took the points of its act back by an entry of its own, and its act stayed as it
was. `c-1` has two referrals, one of them withdrawn, and an order told twice, of which the second
telling was withdrawn; `c-2` has a referral of its own and that of `c-3`, who was merged into it.
"""

from collections.abc import Mapping
from functools import partial

import pytest

from services.engagement.domain import ledger
from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.folding import fold
from services.engagement.domain.ledger import Entry
from services.engagement.domain.moments import compile_rules
from services.engagement.domain.profile import Profile, value
from services.engagement.domain.scoring import score
from services.engagement.ports.books import BookStore
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.scores import Advance, MoneyTotal, ScoreStore
from services.engagement.use_cases.noticing import LookAtDue
from shared.clock import ManualClock, from_epoch_ms
from shared.programme.moment_rules import build_moment_rules
from tests.services.engagement.builders import START, make_act, make_formula
from zoneinfo import ZoneInfo

VERSION = "0123456789ab"
FORMULA = make_formula()
RULES = compile_rules(build_moment_rules())
DAYS = [START + day * DAY_MS for day in range(8)]

LEDGER = (
    # key, customer, origin, kind, time, dimension, points, counts_from, heft, order, units, note,
    # withdraws
    ("a", "c-1", None, "referral", 0, "advocacy", 25.0, 0, 415.7036904127373, None, None, None, None),
    ("b", "c-1", None, "referral", 1, "advocacy", 25.0, 1, 418.9176491282506, None, None, None, None),
    ("w", "c-1", None, "withdrawal", 2, "advocacy", -25.0, 0, 415.7036904127373, None, None, None, "a"),
    ("p", "c-1", None, "purchase", 3, "commerce", 8.0, 3, 33.00115114889585, "o1", 800_000, None, None),
    ("q", "c-1", None, "purchase", 4, "commerce", 2.0, 3, 8.250287787223963, "o1", 1_000_000, "order_revised", None),
    ("x", "c-1", None, "withdrawal", 5, "commerce", -2.0, 3, 8.250287787223963, "o1", None, None, "q"),
    ("c", "c-2", None, "referral", 6, "advocacy", 25.0, 6, 435.36403180410497, None, None, None, None),
    ("d", "c-2", "c-3", "referral", 7, "advocacy", 25.0, 7, 438.7299918778505, None, None, None, None),
)
