"""How often a detector was right, against figures worked out by hand."""

import pytest

from services.events.domain.precision import Count, band_of, records, wilson


def test_a_report_by_hand() -> None:
    accepted, thankful = records(
        [
            Count("thankful_reply", 2, "confirmed", 3),
            Count("thankful_reply", 4, "confirmed", 5),
            Count("thankful_reply", 2, "rejected", 2),
            Count("thankful_reply", 4, "open", 7),
            Count("thankful_reply", 2, "withdrawn", 1),
            Count("accepted_answer", 4, "emitted", 9),
        ]
    )
    assert (accepted.detector, accepted.total.emitted) == ("accepted_answer", 9)
    assert (accepted.total.precision, accepted.total.interval) == (None, None)
    total = thankful.total
    assert (total.confirmed, total.rejected, total.open, total.withdrawn) == (8, 2, 7, 1)
    assert total.precision == 0.8
    # 8 of 10: (0.8 + 0.19207 ± 1.95996 sqrt(0.016 + 0.0096037)) / 1.38415
    assert total.interval == pytest.approx((0.49016, 0.94330), abs=1e-4)
    assert thankful.bands[2].precision == 0.6
    assert thankful.bands[4].precision == 1.0
    assert thankful.bands[0].precision is None


def test_wilson_at_the_ends() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.72247, 1.0), abs=1e-4)


@pytest.mark.parametrize(("confidence", "band"), [(0, 0), (0.19, 0), (0.2, 1), (0.99, 4), (1, 4)])
def test_bands(confidence: float, band: int) -> None:
    assert band_of(confidence) == band
