"""RFC 3339 by its own examples and by counter-examples."""

from datetime import UTC, datetime

import pytest

from shared.contracts.cloudevents.timestamp import is_timestamp, parse_timestamp


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1985-04-12T23:20:50.52Z", datetime(1985, 4, 12, 23, 20, 50, 520000, UTC)),
        ("1996-12-19T16:39:57-08:00", datetime(1996, 12, 20, 0, 39, 57, 0, UTC)),
        ("1990-12-31T23:59:60Z", datetime(1991, 1, 1, tzinfo=UTC)),
        ("1990-12-31T15:59:60-08:00", datetime(1991, 1, 1, tzinfo=UTC)),
        ("1937-01-01T12:00:27.87+00:20", datetime(1937, 1, 1, 11, 40, 27, 870000, UTC)),
        ("2018-04-05t17:31:00z", datetime(2018, 4, 5, 17, 31, tzinfo=UTC)),
        ("2018-04-05T17:31:00-00:00", datetime(2018, 4, 5, 17, 31, tzinfo=UTC)),
        ("2018-04-05T17:31:00.123456789Z", datetime(2018, 4, 5, 17, 31, 0, 123456, UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2018-01-31T23:59:59+23:59", datetime(2018, 1, 31, 0, 0, 59, tzinfo=UTC)),
    ],
)
def test_valid(text: str, moment: datetime) -> None:
    assert is_timestamp(text)
    assert parse_timestamp(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "noon", "2018-04-05", "17:31:00Z", "2018-04-05T17:31Z", "2018-04-05T17:31:00",
        "2018-04-05T17:31:00+01", "2018-04-05T17:31:00+0100", "2018-04-05T17:31:00+24:00",
        "2018-04-05T17:31:00+01:60", "2018-04-05T17:31:00.Z", "2018-04-05T17:31:00,5Z",
        "2018-04-05T24:00:00Z", "2018-04-05T24:61:00Z", "2018-04-05T17:60:00Z",
        "2018-04-05T17:31:61Z", "2018-04-05T17:31:60Z", "2018-04-30T23:59:60+01:00",
        "2018-13-05T17:31:00Z", "2018-00-05T17:31:00Z", "2018-04-31T17:31:00Z",
        "2018-04-00T17:31:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2018-04-05 17:31:00Z", "2018-4-5T17:31:00Z", "20180405T173100Z", "2018-W14-4T17:31:00Z",
        "2018-095T17:31:00Z", "18-04-05T17:31:00Z", "0000-01-01T00:00:00Z",
        "0000-12-31T00:00:00Z", "9999-12-31T23:59:60Z", "+12018-04-05T17:31:00Z",
        "2018-04-05T17:31:00Z\n", " 2018-04-05T17:31:00Z", "2018-04-05T17:31:00ZZ",
        "２018-04-05T17:31:00Z", "2018-04-05T17:31:00 Z",
    ],
)  # fmt: skip
def test_invalid(text: str) -> None:
    assert not is_timestamp(text)
    with pytest.raises(ValueError):  # noqa: PT011
        parse_timestamp(text)
