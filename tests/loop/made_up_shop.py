"""A made-up shop told by the platforms that it runs on, and what the telling must come to, reckoned
without any of Requite's code."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.loop.platforms import Sent

_BIG = 9_007_199_254_740_993  # the first integer that a float can't hold
_STRIPE_DIGITS = {"eur": 2, "jpy": 0, "kwd": 3}


@dataclass(slots=True)
class Story:
    """`deliveries` in the order in which they happen. `money` has gross and refunded by customer
    and currency, `acts` the others' number by customer and kind, `thanked` the posts that a
    person has to look at."""

    start: datetime
    rng: random.Random
    deliveries: list[Sent] = field(default_factory=list)
    money: dict[tuple[str, str], list[Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: [Decimal(0), Decimal(0)])
    )
    acts: Counter[tuple[str, str]] = field(default_factory=Counter)
    thanked: set[str] = field(default_factory=set)
    _numbers: int = 0

    def number(self) -> int:
        """Never the same twice."""
        self._numbers += 1
        return self._numbers

    def at(self, hours: float) -> str:
        """So many hours after the start, as platforms write it."""
        return (self.start + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")

    def amount(self, most: int = 20_000) -> Decimal:
        """Something to pay, with two digits after the point."""
        return Decimal(self.rng.randint(100, most)) / 100

    def owes(self, customer: str, currency: str, gross: Decimal, refunded: Decimal) -> None:
        """Add an order to what is expected of `customer`."""
        sums = self.money[customer, currency]
        sums[0] += gross
        sums[1] += refunded
        self.acts[customer, "purchase"] += 1

    def shop(self, topic: str, body: Any) -> None:
        """Shopify says something."""
        self._say("shop", body, {"x-shopify-topic": topic})

    def woo(self, topic: str, body: Any) -> None:
        """WooCommerce says something."""
        self._say("woo", body, {"x-wc-webhook-topic": topic})

    def pay(self, kind: str, thing: Any) -> None:
        """Stripe says something."""
        created = int(self.start.timestamp()) + self.number()
        event = {"id": f"evt_{self.number()}", "type": kind, "created": created, "livemode": True}
        self._say("pay", event | {"data": {"object": thing}}, {})

    def forum(self, event: str, kind: str, body: Any) -> None:
        """Discourse says something."""
        self._say("forum", {kind: body}, {"x-discourse-event": event})

    def _say(self, source: str, body: Any, headers: Mapping[str, str]) -> None:
        self.deliveries.append(Sent(source, json.dumps(body).encode(), headers))


def nine_days_ago() -> datetime:
    """To the second."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(days=9)


def made_up_story(seed: int, start: datetime) -> Story:
    """Some days of the shop, in which all happens that the platforms' traps are about."""
    story = Story(start, random.Random(seed))
    for _ in range(4):
        _shopify_order(story, customer=_BIG + story.rng.randrange(2))
    _shopify_guest(story)
    for _ in range(3):
        _woocommerce_order(story)
    for _ in range(3):
        _stripe_payment(story)
    _topics(story)
    return story


def _shopify_order(story: Story, customer: int) -> None:
    rng, id = story.rng, _BIG + 2 * story.number()
    name = f"shopify-shop-{customer}"
    total, placed = story.amount(), story.number()
    order = _order(story, id, total, placed) | {"customer": _account(customer)}
    if rng.random() < 0.3:
        order["note_attributes"] = [{"name": "referred_by", "value": "c-friend"}]
        story.acts["c-friend", "recommendation"] += 1
    if rng.random() < 0.3:
        story.shop("orders/create", order | {"id": _BIG - 2 * story.number(), "test": True})
    story.shop("orders/create", order | {"financial_status": "pending"})
    story.shop("orders/paid", order)
    refunds: list[Any] = []
    if rng.random() < 0.5:
        total = story.amount()
        edited = {"current_total_price": str(total), "updated_at": story.at(placed + 0.1)}
        story.shop("orders/updated", order | edited)
    for number in range(rng.randrange(3)):
        back = (total / 4).quantize(Decimal("0.01"))
        refunds.append(_refund(story, id, back, placed + 0.2 + number / 10))
        left = total - sum(Decimal(one["transactions"][0]["amount"]) for one in refunds)
        now = {"current_total_price": str(left), "updated_at": story.at(placed + 0.2 + number / 10)}
        told = order | now | {"financial_status": "partially_refunded", "refunds": [*refunds]}
        story.shop("refunds/create", refunds[-1])
        story.shop("orders/updated", told)
    refunded = (total / 4).quantize(Decimal("0.01")) * len(refunds)
    if rng.random() < 0.3:
        cancelled = {"cancelled_at": story.at(placed + 0.9), "updated_at": story.at(placed + 0.9)}
        story.shop("orders/cancelled", order | cancelled | {"refunds": refunds})
        refunded = total
        story.acts[name, "cancellation"] += 1
    story.acts[name, "refund"] += len(refunds)
    story.owes(name, "EUR", total, refunded)


def _shopify_guest(story: Story) -> None:
    """Buys, gets something back, and opens an account later; another guest never does."""
    account, email = _BIG + 100, "guest@example.com"
    total, placed, id = story.amount(), story.number(), _BIG + 2 * story.number()
    order = _order(story, id, total, placed) | {"email": "Guest@example.com"}
    story.shop("orders/paid", order)
    story.shop("refunds/create", _refund(story, id, Decimal(1), placed + 0.2))
    stranger = _order(story, _BIG + 2 * story.number(), total, placed)
    story.shop("orders/paid", stranger | {"email": "stranger@example.com"})
    story.shop("customers/create", _account(account) | {"email": email})
    story.owes(f"shopify-shop-{account}", "EUR", total, Decimal(1))
    story.acts[f"shopify-shop-{account}", "refund"] += 1


def _order(story: Story, id: int, total: Decimal, placed: float) -> dict[str, Any]:
    return {
        "id": int(float(id)),  # as JavaScript rounds it on the way
        "admin_graphql_api_id": f"gid://shopify/Order/{id}",
        "currency": "EUR",
        "total_price": str(total),
        "current_total_price": str(total),
        "financial_status": "paid",
        "processed_at": story.at(placed),
        "updated_at": story.at(placed),
        "customer": None,
        "refunds": [],
    }


def _account(id: int) -> dict[str, Any]:
    names = {"first_name": "Ana", "last_name": None, "verified_email": True}
    return {"id": id, "email": f"{id}@example.com", **names}


def _refund(story: Story, order_id: int, amount: Decimal, at: float) -> dict[str, Any]:
    moved = {"kind": "refund", "status": "success", "amount": str(amount), "currency": "EUR"}
    times = {"created_at": story.at(at), "processed_at": story.at(at)}
    return {"id": _BIG + story.number(), "order_id": order_id, "transactions": [moved], **times}


def _woocommerce_order(story: Story) -> None:
    rng, id, placed = story.rng, story.number(), story.number()
    customer = 17 + rng.randrange(2)
    total = story.amount()
    billing = {"first_name": "Bo", "last_name": "", "email": f"{customer}@example.com", "phone": ""}
    order = {
        "id": id,
        "status": "pending",
        "currency": "EUR",
        "total": str(total),
        "customer_id": customer,
        "date_paid_gmt": None,
        "date_modified_gmt": story.at(placed).removesuffix("Z"),
        "billing": billing,
        "refunds": [],
    }
    story.woo("order.created", order)
    changes: list[dict[str, Any]] = [{"status": "processing"}]
    back = {"id": story.number(), "total": "-0.50"}
    name, left, void, cancelled = f"woocommerce-woo-{customer}", total, False, 0
    match rng.randrange(4):
        case 0:
            changes += [{"refunds": [back]}]
            left -= Decimal("0.50")
        case 1:  # A refund that is deleted vanishes.
            changes += [{"refunds": [back]}, {"refunds": []}]
        case 2:
            changes += [{"status": "cancelled"}]
            void, cancelled = True, 1
        case 3:  # Cancelled by mistake, twice.
            mistake = [{"status": "cancelled"}, {"status": "processing"}]
            changes += [*mistake, *mistake]
            cancelled = 2
    paid = story.at(placed + 0.05).removesuffix("Z")
    for number, change in enumerate(changes, 1):
        modified = story.at(placed + number / 10).removesuffix("Z")
        order |= {"date_paid_gmt": paid, "date_modified_gmt": modified, **change}
        story.woo("order.updated", dict(order))
    story.acts[name, "cancellation"] += cancelled
    story.owes(name, "EUR", left, left if void else Decimal(0))


def _stripe_payment(story: Story) -> None:
    rng, number = story.rng, story.number()
    customer, currency = f"cus_{rng.randrange(2)}", rng.choice(sorted(_STRIPE_DIGITS))
    minor = rng.randint(5, 40) * 1000
    intent = {"payment_intent": f"pi_{number}", "currency": currency}
    session = {"id": f"cs_{number}", "amount_total": minor, "customer": customer, **intent}
    email = {"customer_details": {"email": f"{customer}@example.com"}}
    if rng.random() < 0.5:
        unpaid = session | email | {"payment_status": "unpaid"}
        story.pay("checkout.session.completed", unpaid)
        story.pay("checkout.session.async_payment_succeeded", unpaid | {"payment_status": "paid"})
    else:
        story.pay("checkout.session.completed", session | email | {"payment_status": "paid"})
    created = int(story.start.timestamp())
    refund = {"id": f"re_{number}", "amount": 1000, "created": created, **intent}
    refunded, name = 0, f"stripe-pay-{customer}"
    match rng.randrange(3):
        case 0:
            refunded = 1000
            charge = {"id": f"ch_{number}", "amount_refunded": 1000, **intent}
            story.pay("refund.created", refund | {"status": "pending"})
            story.pay("charge.refunded", charge)
            story.pay("refund.updated", refund | {"status": "succeeded"})
            story.acts[name, "refund"] += 2
        case 1:
            story.pay("refund.created", refund | {"status": "pending"})
            story.pay("refund.failed", refund | {"status": "failed"})
    unit = Decimal(10) ** _STRIPE_DIGITS[currency]
    story.owes(name, currency.upper(), minor / unit, refunded / unit)


def _topics(story: Story) -> None:
    """Accounts 7 and 8 are told of last, account 9 never; what 9 did waits."""
    asker, helper, stranger = 7, 8, 9
    solved = _topic(story, asker, helper)
    story.forum("accepted_solution", "solved", solved)
    story.acts[f"discourse-forum-{helper}", "help"] += 1
    unsolved = _topic(story, asker, helper)
    story.forum("accepted_solution", "solved", unsolved)
    story.forum("unaccepted_solution", "solved", unsolved)
    own = _topic(story, helper, helper)
    story.forum("accepted_solution", "solved", own)
    story.forum("accepted_solution", "solved", _topic(story, asker, stranger))
    thankful = _topic(story, asker, helper)
    thanks = _post(story, asker, thankful["topic_id"], 3, "Thank you, that worked.")
    story.forum("post_created", "post", thanks)
    story.thanked.add(f"{thankful['topic_id']}/3")
    deleted = _topic(story, asker, helper)
    story.forum("post_destroyed", "post", deleted)
    posts: Counter[int] = Counter({asker: 6, helper: 5})
    for account, count in posts.items():
        story.acts[f"discourse-forum-{account}", "user_content"] += count
    story.acts[f"discourse-forum-{asker}", "help_received"] += 2
    story.acts[f"discourse-forum-{helper}", "help_received"] += 1
    for account in (asker, helper):
        user = {"id": account, "email": f"{account}@forum.example", "locale": "fr"}
        story.forum("user_created", "user", user)


def _topic(story: Story, asker: int, helper: int) -> dict[str, Any]:
    """A question and its answer; returns the answer."""
    topic = story.number()
    story.forum("post_created", "post", _post(story, asker, topic, 1, "How do I descale it?"))
    answer = _post(story, helper, topic, 2, "With vinegar.")
    story.forum("post_created", "post", answer)
    return answer


def _post(story: Story, author: int, topic: int, number: int, text: str) -> dict[str, Any]:
    id = story.number()
    place = {"topic_id": topic, "post_number": number, "topic_title": "Limescale"}
    return {"id": id, "user_id": author, "created_at": story.at(id / 10), "raw": text, **place}
