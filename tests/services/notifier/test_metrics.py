"""What the notifier measures of itself."""

from pathlib import Path

from services.notifier.use_cases.measuring import Measure
from shared.contracts.topics import CUSTOMERS, ENGAGEMENT
from shared.programme.attention_rules import build_attention_rules
from tests.services.notifier.builders import customer_record, make_occasion, scored
from tests.services.notifier.running import open_running, until


async def test_the_time_to_thanks_is_measured_against_the_objective(tmp_path: Path) -> None:
    async with open_running(tmp_path) as running:
        log = running.infrastructure.log
        await log.publish(CUSTOMERS.name, [customer_record()])
        await log.publish(ENGAGEMENT.name, [scored(make_occasion(day=-1 / 24))])

        async def measured() -> bool:
            text = (await running.client.get("/metrics")).text
            return 'requite_time_to_thanks_seconds_count{purpose="thanks"} 1.0' in text

        await until(measured)
        text = (await running.client.get("/metrics")).text
        assert 'requite_time_to_thanks_seconds_bucket{le="900.0",purpose="thanks"} 0.0' in text
        assert 'requite_time_to_thanks_seconds_bucket{le="86400.0",purpose="thanks"} 1.0' in text
        assert "requite_time_to_thanks_objective_seconds 86400.0" in text
        assert "requite_time_to_thanks_objective_ratio 0.95" in text


async def test_what_waits_for_longer_than_it_should_is_counted(tmp_path: Path) -> None:
    shown: list[float] = []
    async with open_running(tmp_path) as running:
        records = [scored(make_occasion(str(day), day=-day)) for day in range(4)]
        await running.infrastructure.log.publish(ENGAGEMENT.name, records)

        async def held() -> bool:
            return len((await running.get("/v1/decisions", verdict="held"))["data"]) == 4

        await until(held)
        objective = build_attention_rules().objective
        measure = Measure(running.stores.decisions, objective, running.clock, shown.append)
        assert not await measure()
    assert shown == [2]
