"""Mails: over SMTP, or as files in a folder."""

from typing import Annotated

from msgspec import Meta, Struct

from services.notifier.channels.email.file import FileChannel
from services.notifier.channels.email.identity import read_identity
from services.notifier.channels.email.pool import Limits
from services.notifier.channels.email.server import read_url
from services.notifier.channels.email.smtp import SmtpChannel
from services.notifier.channels.setup import Setup, options_as
from services.notifier.ports.channels import Channel
from shared.errors import Invalid
from shared.programme.channel_rules import ChannelRules


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """`mails_per_connection` before a connection is closed, or `idle_seconds` without any."""

    mails_per_connection: Annotated[int, Meta(ge=1)] = 100
    idle_seconds: Annotated[float, Meta(ge=0, le=600)] = 30.0


def make(rules: ChannelRules, setup: Setup) -> Channel:
    """What REQUITE_MAIL asks for. Raises Invalid, which names the setting or points to the
    option."""
    options = options_as(rules, Options)
    settings = setup.settings
    identity = read_identity(settings)
    if settings.mail == "file":
        return FileChannel(rules.name, settings.data_dir / "mail", identity)
    try:
        server = read_url(settings.smtp_url.get_secret_value())
    except Invalid as fault:
        raise Invalid(f"REQUITE_SMTP_URL: {fault.reason}") from None
    limits = Limits(rules.at_once, options.mails_per_connection, options.idle_seconds)
    return SmtpChannel(rules.name, server, identity, limits)
