"""Checkout sessions: an order is what was paid in one, known by its payment intent."""

from collections.abc import Callable

from services.events.connectors.act import make_act, utc_of_unix
from services.events.connectors.order import order_alias
from services.events.connectors.port import Reading
from services.events.connectors.stripe.amounts import amount_of
from services.events.connectors.stripe.wire import CustomerDetails, Session, SessionEvent
from services.events.domain.identity import Link, Person, make_alias


def read_session(source: str, event: SessionEvent, email_alias: Callable[[str], str]) -> Reading:
    """A purchase once it is paid; a payment that takes days is told again when it has come in."""
    session = event.data.object
    if session.payment_status != "paid":
        return Reading(ignored="a session that is not paid, or not yet")
    if not session.amount_total or session.currency is None:
        return Reading(ignored="a session in which nothing was paid")
    details = session.customer_details or CustomerDetails()
    email = details.email or session.customer_email
    people: tuple[Person, ...] = ()
    if session.customer is not None:
        people = (_person(source, session.customer, details, email, session),)
        subject = people[0].alias
    elif email:
        subject = email_alias(email)
    else:
        return Reading(ignored="a session that names nobody")
    pointer = "/data/object/amount_total"
    currency, total = amount_of(session.amount_total, session.currency, pointer)
    order_id = session.payment_intent or session.invoice or session.id
    metadata = session.metadata or {}
    act = make_act(
        source,
        "purchase",
        f"order-{order_id}",
        subject,
        utc_of_unix(event.created, "/created"),
        {
            "order_id": order_id,
            "total": total,
            "currency": currency,
            "referral_code": metadata.get("referral_code") or None,
            "referred_by": metadata.get("referred_by") or None,
            "channel": "web",
        },
    )
    link = Link(order_alias(source, order_id), subject)
    return Reading(people=people, links=(link,), acts=(act,))


def _person(
    source: str, customer: str, details: CustomerDetails, email: str | None, session: Session
) -> Person:
    """Stripe takes any address that is typed in, so none is verified."""
    locale = session.locale
    return Person(
        alias=make_alias("stripe", source, customer),
        customer_id=f"stripe-{source}-{customer}",
        name=details.name or None,
        email=email or None,
        phone=details.phone or None,
        locale=None if locale in (None, "", "auto") else locale,
    )
