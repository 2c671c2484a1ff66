"""What `PUT /v1/customers/{id}` takes, checked where people type."""

from datetime import datetime
from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from services.events.domain.contact import is_email_address
from services.events.domain.country import is_country
from services.events.domain.customer import Details
from services.events.domain.identity import check_alias
from shared.contracts.customers import Consent, Customer
from shared.contracts.purposes import ANY_CHANNEL, CHANNEL_NAME, Purpose
from shared.errors import Invalid


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds a character that is not printable")
    return text


def _email(text: str) -> str:
    if not is_email_address(text):
        raise ValueError("not an e-mail address")
    return text


def _alias(text: str) -> str:
    try:
        check_alias(text, "")
    except Invalid as error:
        raise ValueError(error.reason) from None
    return text


def _shown(text: str) -> str:
    if text != text.strip():
        raise ValueError("begins or ends with a space")
    return _printable(text)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(text: str) -> str:
    if text not in _zones():
        raise ValueError("not a time zone of the IANA database")
    return text


def _country(text: str) -> str:
    if not is_country(text):
        raise ValueError("not a country's code of ISO 3166-1 alpha-2, such as PT")
    return text


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Phone = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
Alias = Annotated[str, Field(min_length=3, max_length=200), AfterValidator(_alias)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
ChannelName = Annotated[str, Field(pattern=f"^{CHANNEL_NAME}$")]
Address = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_printable)]
ShownName = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_shown)]


class ConsentBody(BaseModel):
    """What the customer agreed to or withdrew, for one purpose and channel. `mention` is that
    friends whom they brought or helped may read their first name."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose | Literal["mention"]
    channel: ChannelName = Field(description=f"A channel's name, or {ANY_CHANNEL}.")
    state: Literal["granted", "withdrawn"]
    time: AwareDatetime
    source: Line | None = Field(None, description="Where it was given.")
    wording: Line | None = Field(None, description="Which version of the wording was shown.")
    expires: AwareDatetime | None = Field(None, description="When it no longer counts.")

    @field_validator("expires")
    @classmethod
    def _after_time(cls, expires: datetime | None, info: ValidationInfo) -> datetime | None:
        time = info.data.get("time")
        if expires is not None and time is not None and expires <= time:
            raise ValueError("not after the time at which it was said")
        return expires

    def consent(self) -> Consent:
        """The same for the topic."""
        return Consent(
            purpose=self.purpose,
            channel=self.channel,
            state=self.state,
            time=self.time.isoformat(),
            source=self.source,
            wording=self.wording,
            expires=None if self.expires is None else self.expires.isoformat(),
        )

    @classmethod
    def of(cls, consent: Consent) -> "ConsentBody":
        """From what is stored."""
        return cls(
            purpose=consent.purpose,
            channel=consent.channel,
            state=consent.state,
            time=datetime.fromisoformat(consent.time),
            source=consent.source,
            wording=consent.wording,
            expires=None if consent.expires is None else datetime.fromisoformat(consent.expires),
        )


class CustomerBody(BaseModel):
    """Who a customer is and how to reach them. What is left out is not known (any more)."""

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    email: Email | None = None
    phone: Phone | None = Field(None, description="E.164.")
    locale: (
        Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | None
    ) = Field(None, description="BCP 47 tag.")
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] | None = Field(
        None, description="IANA name."
    )
    country: Annotated[str, AfterValidator(_country)] | None = Field(
        None, description="ISO 3166-1 alpha-2, such as PT."
    )
    addresses: dict[ChannelName, Address] = Field(
        {}, max_length=20, description="Of further channels, such as a push token, by their names."
    )
    consents: list[ConsentBody] = Field([], max_length=50)
    aliases: list[Alias] = Field([], max_length=50, description="Other ids of the same person.")
    excluded: Literal["staff", "blocked"] | None = Field(
        None, description="Why what they do earns nothing; left out, it does."
    )
    leaderboard_name: ShownName | None = Field(
        None, description="The name they agreed to be shown by; left out, they are not shown."
    )

    def details(self) -> Details:
        """The same for the domain."""
        return Details(
            name=self.name,
            email=self.email,
            phone=self.phone,
            locale=self.locale,
            time_zone=self.time_zone,
            country=self.country,
            addresses=self.addresses,
            consents=tuple(consent.consent() for consent in self.consents),
            aliases=tuple(self.aliases),
            excluded=self.excluded,
            leaderboard_name=self.leaderboard_name,
        )


class CustomerAnswer(CustomerBody):
    """A customer as it stands."""

    id: str
    aliases: list[str] = []  # Also such as were taken in before they needed a colon.
    consents: list[ConsentBody] = []  # However many two customers had who were merged.
    revision: int = Field(description="Grows with every change.")

    @classmethod
    def of(cls, customer_id: str, customer: Customer) -> "CustomerAnswer":
        """From what is stored."""
        return cls(
            id=customer_id,
            revision=customer.revision,
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
            locale=customer.locale,
            time_zone=customer.time_zone,
            country=customer.country,
            addresses=customer.addresses,
            consents=[ConsentBody.of(consent) for consent in customer.consents],
            aliases=list(customer.aliases),
            excluded=customer.excluded,
            leaderboard_name=customer.leaderboard_name,
        )
