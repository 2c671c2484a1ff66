"""What one row tells: the acts whose condition holds."""

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from services.events.domain.admission import check_customer_id
from services.events.mapping.columns import Row
from services.events.mapping.fields import order_id, rfc3339
from services.events.mapping.language import ActMapping, ActsMapping, Constant, Value
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent, InvalidEvent, check
from shared.errors import Invalid

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Told:
    """What a row tells. `nobody` is the pointer to the customer of an act that names none."""

    events: tuple[CloudEvent, ...] = ()
    nobody: str = ""


def tell(mapping: ActsMapping, row: Row) -> Told:
    """The acts of `row`. Raises Invalid with a pointer into the row."""
    events: list[CloudEvent] = []
    nobody = ""
    for act in mapping.acts:
        if act.when and not any(test.holds(row) for test in act.when):
            continue
        customer = act.customer.read(row)
        if not customer:
            nobody = act.customer.pointer
            continue
        check_customer_id(customer, act.customer.pointer)
        events.append(_event(mapping, act, customer, row))
    if len({event.id for event in events}) < len(events):
        raise Invalid("two acts of it have the same id: the mapping must tell them apart")
    return Told(tuple(events), nobody)


def _event(mapping: ActsMapping, act: ActMapping, customer: str, row: Row) -> CloudEvent:
    time = act.time.convert(row, mapping.times.read) if act.time else None
    if act.time and time is None:
        raise Invalid("empty", act.time.pointer)
    event = CloudEvent(
        id=f"{short_name(act.type)}-{_id(act, row)}",
        source=mapping.source,
        type=act.type,
        subject=customer,
        time=rfc3339(time) if time else None,
        datacontenttype="application/json",
        data=_ENCODER.encode(_payload(mapping, act, row)),
    )
    try:
        return check(event)
    except InvalidEvent as error:
        raise Invalid(f"no event can hold what it says: {error.reason}") from None


def _id(act: ActMapping, row: Row) -> str:
    parts = []
    for field in act.id:
        part = field.read(row)
        if not part:
            raise Invalid("empty: it tells the act from others", field.pointer)
        parts.append(part)
    return order_id("-".join(parts))


def _payload(mapping: ActsMapping, act: ActMapping, row: Row) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in act.data.items():
        said = value.value if isinstance(value, Constant) else _said(mapping, value, row)
        if said is not None and said != "":
            members[name] = said
    return members


def _said(mapping: ActsMapping, value: Value, row: Row) -> object:
    match value.kind:
        case "text":
            return value.field.read(row)
        case "time":
            moment = value.field.convert(row, mapping.times.read)
            return rfc3339(moment) if moment else None
        case "number":
            number = value.field.convert(row, mapping.numbers.read)
            return number if number is None else _shortest(number)
        case "amount":
            amount = value.field.convert(row, mapping.numbers.read)
            return amount if amount is None else format(amount, "f")


def _shortest(number: Decimal) -> int | Decimal:
    whole = number == number.to_integral_value() and abs(number) < 2**53
    return int(number) if whole else number
