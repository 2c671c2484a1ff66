"""When the touchpoints of circles occur."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from dateutil.rrule import rrule

from services.engagement.domain.membership import Group
from services.engagement.domain.moment import Moment, moment_id
from shared.clock import epoch_ms
from shared.programme.groups import Circle
from shared.programme.schedules import read_schedule

CATCH_UP = timedelta(days=1)
"""An occurrence that was missed is made up for within this time."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A touchpoint of a circle: its name is `<circle>/<touchpoint>`."""

    name: str
    group: Group
    rule: rrule
    zone: tzinfo

    def occurrences(self, after: datetime, until: datetime) -> Sequence[datetime]:
        """In UTC, within (`after`, `until`].

        Of a local time that there is twice the first counts; one that there is not is taken by the
        offset before the gap (RFC 5545, section 3.3.5), so no occurrence is lost.
        """
        day = timedelta(days=1)  # more than any zone's offset differs from another's
        local_after = after.astimezone(self.zone).replace(tzinfo=None) - day
        local_until = until.astimezone(self.zone).replace(tzinfo=None) + day
        found = (self._in_utc(one) for one in self.rule.between(local_after, local_until))
        return [one for one in found if after < one <= until]

    def _in_utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    def moment(self, customer: str, occurrence: datetime) -> Moment:
        """The same for the same customer and occurrence."""
        said = occurrence.isoformat()
        id = moment_id(customer, "touchpoint", self.name, said)
        time = epoch_ms(occurrence)
        return Moment(id=id, customer=customer, kind="touchpoint", name=self.name, time=time)


def occasions(circles: Sequence[Circle], zone: tzinfo) -> Sequence[Occasion]:
    """All touchpoints of the circles, which have passed every check."""
    return [
        Occasion(
            f"{circle.name}/{touchpoint.name}",
            Group("circle", circle.name),
            read_schedule(touchpoint.schedule, touchpoint.at),
            zone,
        )
        for circle in circles
        for touchpoint in circle.touchpoints
    ]
