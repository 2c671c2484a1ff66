"""All that the stores of one database do; each adapter's test module binds `stores`."""

from tests.services.notifier.storage.customers_suite import CustomersSuite
from tests.services.notifier.storage.decisions_suite import DecisionsSuite
from tests.services.notifier.storage.erasure_suite import ErasureSuite
from tests.services.notifier.storage.lists_suite import ListsSuite
from tests.services.notifier.storage.merges_suite import MergesSuite
from tests.services.notifier.storage.messages_suite import MessagesSuite
from tests.services.notifier.storage.plans_suite import PlansSuite
from tests.services.notifier.storage.suppressions_suite import SuppressionsSuite


class StoresSuite(
    CustomersSuite,
    DecisionsSuite,
    PlansSuite,
    MessagesSuite,
    ListsSuite,
    SuppressionsSuite,
    MergesSuite,
    ErasureSuite,
):
    """Every suite."""
