"""The whole notifier, from its topics to the mail and to what others are told."""

from email import message_from_bytes, policy
from pathlib import Path

from services.notifier.ports.messages import MessageQuery
from shared.contracts.topics import CUSTOMERS, ENGAGEMENT
from shared.messaging.ports import Record
from tests.servers.smtp import MailCatcher
from tests.services.notifier.builders import customer_record, make_occasion, scored
from tests.services.notifier.parts import announced
from tests.services.notifier.running import Running, open_running, until


async def sent(running: Running, customer: str = "c-1") -> bool:
    messages = await running.stores.messages.page(MessageQuery(10, customer))
    return [message.status for message in messages] == ["sent"]


async def test_an_act_becomes_a_mail(tmp_path: Path) -> None:
    async with open_running(tmp_path) as running:
        log = running.infrastructure.log
        await log.publish(ENGAGEMENT.name, [scored(make_occasion())])

        async def held() -> bool:
            found = await running.get("/v1/decisions", verdict="held")
            return len(found["data"]) == 1

        await until(held)
        await log.publish(CUSTOMERS.name, [customer_record(name="Zoë")])
        await until(lambda: sent(running))
        (file,) = (tmp_path / "mail").iterdir()
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert mail["To"].addresses[0].display_name == "Zoë"
        assert mail["Subject"] == "Thank you for your first order"
        assert "/s/" in str(mail.get_body(("plain",)))

        async def told() -> bool:
            return len(await announced(log)) == 3

        await until(told)
        ready = await running.client.get("/readyz")
        assert ready.status_code == 200
        await log.publish(CUSTOMERS.name, [Record(b"c-1", None)])

        async def gone() -> bool:
            return not file.exists()

        await until(gone)
    async with open_running(tmp_path) as running:
        (decision,) = (await running.get("/v1/decisions"))["data"]
        assert (decision["verdict"], decision["customer"]) == ("thanked", None)


async def test_mails_go_over_smtp_where_the_settings_say_so(
    tmp_path: Path, mail_catcher: MailCatcher
) -> None:
    async with open_running(tmp_path, mail="smtp", smtp_url=mail_catcher.url) as running:
        log = running.infrastructure.log
        await log.publish(CUSTOMERS.name, [customer_record(locale="fr-FR")])
        await log.publish(ENGAGEMENT.name, [scored(make_occasion())])
        await until(lambda: sent(running))
    (received,) = mail_catcher.mails
    assert received.recipients == ("ada@example.org",)
    assert received.message["Content-Language"] == "fr"
