"""How to reach a customer, and where they live."""

import pytest

from services.notifier.domain.customer import Customer
from tests.services.notifier.builders import make_customer


@pytest.mark.parametrize(
    ("of", "address"),
    [
        ("customer", "c-1"),
        ("email", "ada@example.org"),
        ("phone", None),
        ("push", "token"),
        ("name", None),
    ],
)
def test_addresses_are_those_of_the_record(of: str, address: str | None) -> None:
    assert make_customer(addresses={"push": "token"}).address(of) == address


def test_of_somebody_unknown_there_is_only_the_id() -> None:
    unknown = Customer("c-1")
    assert (unknown.address("customer"), unknown.address("email")) == ("c-1", None)
    assert (unknown.name, unknown.locale) == (None, None)
    assert [zone.key for zone in unknown.zones("Europe/Madrid")] == ["Europe/Madrid"]


@pytest.mark.parametrize("name", ["Ada", "J. R. O'Neill Jr.", "Ana Mª", "J.R. Ewing", "Łucja"])
def test_they_are_called_by_their_name(name: str) -> None:
    assert make_customer(name=name).name == name


@pytest.mark.parametrize(
    "name", ["Win at http://evil.example", "WWW.x.y", "see evil.example/now", "mail me@evil"]
)
def test_nobody_is_called_by_what_would_become_a_link(name: str) -> None:
    assert make_customer(name=name).name is None


def test_they_live_where_the_record_says() -> None:
    found = make_customer(time_zone="Asia/Kathmandu").zones("Europe/Madrid")
    assert [zone.key for zone in found] == ["Asia/Kathmandu"]
    assert [zone.key for zone in make_customer(locale="fr-FR").zones("UTC")] == ["Europe/Paris"]
