"""Every adapter by the name that a channel's file gives it."""

from collections.abc import Mapping

from services.notifier.channels import email, http, inbox, print, webhook
from services.notifier.channels.setup import MakeChannel

ADAPTERS: Mapping[str, MakeChannel] = {
    "email": email.make,
    "http": http.make,
    "inbox": inbox.make,
    "print": print.make,
    "webhook": webhook.make,
}
