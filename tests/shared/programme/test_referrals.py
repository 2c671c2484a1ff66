"""referrals.yaml: defaults, and what is refused."""

from datetime import timedelta

import pytest

from shared.programme.loader import load
from shared.programme.model import Allowance
from tests.shared.programme.small import Bench

DAY = timedelta(days=1)


def test_without_the_file_the_defaults_hold(bench: Bench) -> None:
    rules = load(bench.folder).referrals
    assert (rules.attribution_window, rules.return_window) == (90 * DAY, 14 * DAY)
    assert (rules.cap, rules.claims_per_ip) == (Allowance(20, 365 * DAY), Allowance(10, 7 * DAY))
    assert (rules.same_address_window, rules.link) == (30 * DAY, None)


def test_what_is_said_replaces_the_defaults(bench: Bench) -> None:
    before = load(bench.folder).version
    bench.write(
        "referrals.yaml",
        "attribution_window: 12h\ncap: {count: 3, period: 30d}\n"
        "link: https://shop.example/welcome/{code}\n",
    )
    programme = load(bench.folder)
    assert programme.referrals.attribution_window == timedelta(hours=12)
    assert programme.referrals.return_window == 14 * DAY
    assert programme.referrals.cap == Allowance(3, 30 * DAY)
    assert programme.referrals.link == "https://shop.example/welcome/{code}"
    assert programme.version != before


@pytest.mark.parametrize(
    ("shop_url", "link"),
    [
        ("https://shop.example", "https://shop.example?ref={code}"),
        ("https://shop.example/a?b=c#d", "https://shop.example/a?b=c&ref={code}#d"),
    ],
)
def test_links_lead_to_the_shop_where_nothing_is_said(
    bench: Bench, shop_url: str, link: str
) -> None:
    bench.replace("programme.yaml", "locale: en\n", f"locale: en\nshop_url: {shop_url}\n")
    assert load(bench.folder).referrals.link == link


@pytest.mark.parametrize(
    "line",
    [
        "attribution_window: 0d",
        "return_window: never",
        "cap: 20",
        "cap: {count: 0, period: 1d}",
        "cap: {count: 20}",
        "claims_per_ip: {count: 10, period: weekly}",
        "link: https://shop.example/?ref=code",
        "link: https://{code}.shop.example/",
        "link: javascript:alert({code})",
        "link: https://shop.example/{name}?ref={code}",
        "windows: 3d",
    ],
)
def test_what_can_not_be_meant_is_refused_with_its_place(bench: Bench, line: str) -> None:
    bench.write("referrals.yaml", f"{line}\n")
    problems = bench.problems()
    assert problems
    assert all(problem.startswith("referrals.yaml:1:") for problem in problems)
