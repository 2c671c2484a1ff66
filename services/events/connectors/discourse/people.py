"""Accounts of a forum. They are known by number: a name can be changed, then given to another,
and often is the person's own."""

from services.events.connectors.discourse.wire import User
from services.events.connectors.port import Reading
from services.events.domain.identity import Link, Person, make_alias
from shared.errors import Invalid

CUSTOMER = "customer"


def account_alias(source: str, user_id: int) -> str:
    """The alias of an account."""
    return make_alias("discourse", source, str(user_id))


def read_user(source: str, user: User, external_id: str, *, confirmed: bool) -> Reading:
    """The account as a person; where the shop signs people on, as the one the shop knows.

    `external_id` is `customer`, the beginning of an alias, or empty where those ids mean nothing.
    """
    if user.id < 1 or user.staged:
        return Reading(ignored="no account of a person")
    alias = account_alias(source, user.id)
    if external_id and user.external_id:
        if ":" in user.external_id:
            raise Invalid("has a colon: no id that can stand in an alias", "/user/external_id")
        known = user.external_id
        target = known if external_id == CUSTOMER else make_alias(external_id, known)
        return Reading(links=(Link(alias, target),))
    person = Person(
        alias=alias,
        customer_id=f"discourse-{source}-{user.id}",
        name=user.name or None,
        email=user.email or None,
        email_verified=confirmed,
        locale=user.locale or None,
    )
    return Reading(people=(person,))
