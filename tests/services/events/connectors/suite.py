"""What every connector does; each connector's test module subclasses `ConnectorSuite`.

A subclass says how its platform signs and what it tells: `story`, a true sequence of deliveries.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.events.connectors.port import Connector, Reading
from services.events.connectors.registry import CONNECTORS
from services.events.connectors.setup import Setup
from services.events.domain.admission import Admission
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery, SignatureRefused
from tests.services.events.builders import NOW
from tests.shipped import catalogue

SECRET, NEW_SECRET, OTHER_SECRET = "s3cret-of-old", "s3cret-of-now", "s3cret-of-somebody"
"""A platform whose secrets have a form of their own overrides `secrets`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform says: the raw body, and the headers that are not the signature."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def email_alias(email: str) -> str:
    """Hides nothing, so that tests can read it."""
    return f"email:{email.strip().lower().encode().hex()}"


def make_connector(name: str, source: str, **options: Any) -> Connector:
    """A connector as the registry makes it."""
    return CONNECTORS[name](Setup(source, options, email_alias))


Acts = dict[tuple[str, str], CloudEvent]


def acts_of(readings: Iterable[Reading]) -> Acts:
    """The acts that come out of all these readings, each once, by identity."""
    return {(act.source, act.id): act for reading in readings for act in reading.acts}


# What other platforms send, to be told apart from one's own; by the connector's name.
FOREIGN: Mapping[str, bytes] = {
    "shopify": b'{"id":1,"order_id":2,"transactions":[],"note":null}',
    "woocommerce": b'{"id":1,"status":"processing","total":"1.00","refunds":[]}',
    "stripe": b'{"id":"evt_1","object":"event","type":"charge.refunded","data":{"object":{}}}',
    "discourse": b'{"post":{"id":1,"username":"anna","topic_id":2,"raw":"hi"}}',
    "github": b'{"action":"answered","discussion":{"number":1},"repository":{"id":2}}',
    "typeform": b'{"event_id":"1","event_type":"form_response","form_response":{"token":"t"}}',
    "standard-webhooks": b'{"type":"user.created","timestamp":"2026-01-01T00:00:00Z","data":{}}',
    "none": b'[1,"two",null]',
}


class ConnectorSuite(ABC):
    """`name` is the connector's in the registry, `options` are those of its source."""

    name: ClassVar[str]
    source: ClassVar[str] = "shop"
    options: ClassVar[Mapping[str, Any]] = {}
    secrets: ClassVar[tuple[str, str, str]] = (SECRET, NEW_SECRET, OTHER_SECRET)
    timed: ClassVar[bool] = False
    """Whether the scheme signs a time, which then has to be near."""
    tells_time: ClassVar[bool] = True
    """Whether every delivery says when it happened; what says nothing happens on receipt."""

    @abstractmethod
    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        """The request as the platform sends it at `at`, to be received at once."""

    @abstractmethod
    def story(self) -> Sequence[Told]:
        """Deliveries in the order in which they happen, at least three, none of them ignored."""

    def connector(self) -> Connector:
        return make_connector(self.name, self.source, **self.options)

    def read(self, told: Told, at: datetime = NOW) -> Reading:
        """What the connector makes of a delivery that is signed as it should be."""
        connector, delivery = self.connector(), self.sign(told, self.secrets[0], at)
        connector.verify(delivery, [self.secrets[0]])
        return connector.read(delivery)

    def test_every_delivery_of_the_story_says_something(self) -> None:
        for told in self.story():
            reading = self.read(told)
            assert reading != Reading()
            assert not reading.ignored
            for act in reading.acts:
                assert act.source == f"/webhooks/{self.source}"
                assert Admission(catalogue(), NOW).admit(act) == act

    def test_no_person_is_named_outside_of_people(self) -> None:
        for told in self.story():
            reading = self.read(told)
            for text in (*(act.id for act in reading.acts), *(act.subject for act in reading.acts)):
                assert "@" not in (text or "")
            for link in reading.links:
                assert "@" not in link.alias + link.target

    def test_old_and_new_secret_count_during_a_rotation(self) -> None:
        old, new, other = self.secrets
        told = self.story()[0]
        connector = self.connector()
        for used in (old, new):
            connector.verify(self.sign(told, used, NOW), [new, old])
        connector.verify(self.sign(told, new, NOW), [new])
        for known in ([new], [new, other], []):
            with pytest.raises(SignatureRefused):
                connector.verify(self.sign(told, old, NOW), known)

    def test_a_bad_signature_is_refused(self) -> None:
        told = self.story()[0]
        connector, good = self.connector(), self.sign(told, self.secrets[0], NOW)
        spoilt = [
            replace(good, body=good.body + b" "),
            replace(good, body=b""),
            replace(good, body=bytes([good.body[0] ^ 1]) + good.body[1:]),
            replace(good, headers=told.headers),
            *(replace(good, headers=headers) for headers in _spoilt(good.headers, told.headers)),
        ]
        for delivery in spoilt:
            with pytest.raises(SignatureRefused):
                connector.verify(delivery, [self.secrets[0]])

    def test_a_signed_time_must_be_near_and_any_will_do_where_none_is_signed(self) -> None:
        connector, good = self.connector(), self.sign(self.story()[0], self.secrets[0], NOW)
        for minutes, passes in ((4, True), (-4, True), (6, False), (-6, False), (9999, False)):
            late = replace(good, received_at=NOW + timedelta(minutes=minutes))
            if passes or not self.timed:
                connector.verify(late, [self.secrets[0]])
            else:
                with pytest.raises(SignatureRefused):
                    connector.verify(late, [self.secrets[0]])

    def test_the_headers_that_it_names_are_enough_and_prove_nothing(self) -> None:
        connector = self.connector()
        for told in self.story():
            whole = self.sign(told, self.secrets[0], NOW)
            kept = {name: whole.headers[name] for name in connector.reads & whole.headers.keys()}
            delivery = replace(whole, headers=kept)
            assert connector.read(delivery) == self.read(told)
            with pytest.raises(SignatureRefused):
                connector.verify(delivery, [self.secrets[0]])

    def test_a_replayed_delivery_says_the_same(self) -> None:
        for told in self.story():
            assert self.read(told) == self.read(told)

    def test_a_cut_body_is_refused_at_every_length(self) -> None:
        connector = self.connector()
        for told in self.story():
            whole = self.sign(told, self.secrets[0], NOW)
            for length in range(len(told.body)):
                cut = replace(whole, body=told.body[:length])
                with pytest.raises(SignatureRefused):
                    connector.verify(cut, [self.secrets[0]])
                if length == len(told.body) - 1 and told.body[-1:].isspace():
                    continue
                with pytest.raises(Invalid):
                    connector.read(cut)

    def test_a_foreign_body_says_nothing(self) -> None:
        """Signed and with the right headers, as when one secret serves two platforms."""
        connector = self.connector()
        for told in self.story():
            for platform, body in FOREIGN.items():
                if platform == self.name:
                    continue
                delivery = self.sign(Told(body, told.headers), self.secrets[0], NOW)
                try:
                    reading = connector.read(delivery)
                except Invalid:
                    continue
                assert reading == Reading(ignored=reading.ignored)
                assert reading.ignored

    # Each connector is an executor of its own, and what fails for one need not for another.
    @settings(
        max_examples=30,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(data=st.data())
    def test_shuffled_repeated_cut_and_late_deliveries_come_to_the_same(
        self, data: st.DataObject
    ) -> None:
        story = self.story()
        expected = self._compared(acts_of(self.read(told) for told in story))
        extra = data.draw(st.lists(st.sampled_from(range(len(story))), max_size=6))
        order = data.draw(st.permutations([*range(len(story)), *extra]))
        random_cut = random.Random(data.draw(st.integers(0, 999)))
        late = data.draw(
            st.lists(st.integers(0, 200_000), min_size=len(order), max_size=len(order))
        )
        connector, readings = self.connector(), []
        for index, seconds in zip(order, late, strict=True):
            at = NOW + timedelta(seconds=seconds)
            delivery = self.sign(story[index], self.secrets[0], at)
            cut = replace(delivery, body=delivery.body[: random_cut.randrange(len(delivery.body))])
            with pytest.raises(SignatureRefused):
                connector.verify(cut, [self.secrets[0]])
            connector.verify(delivery, [self.secrets[0]])
            readings.append(connector.read(delivery))
        assert self._compared(acts_of(readings)) == expected

    def _compared(self, acts: Acts) -> Acts:
        if self.tells_time:
            return acts
        return {key: msgspec.structs.replace(act, time=None) for key, act in acts.items()}


def _spoilt(signed: Mapping[str, str], plain: Mapping[str, str]) -> Iterable[dict[str, str]]:
    """The signed headers, with something wrong in one of those that sign."""
    for name in signed.keys() - plain.keys():
        value = signed[name]
        for wrong in ("", "x", value[:-4], "é" + value):
            if wrong != value:
                yield {**signed, name: wrong}
