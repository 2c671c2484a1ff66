"""Channels whose provider tells by a webhook what came back, and what each says, as its
documentation shows it. The documentation shows the same files."""

from typing import Any

ID = "0123456789abcdef0123456789abcdef"

SENDGRID = """\
# SendGrid's event webhook; the address to enter there: https://user:password@…/v1/bounces/email
adapter: email
bounces:
  signature: {scheme: basic}
  kind: /event
  kinds: {bounce: hard, deferred: soft, spamreport: complaint, unsubscribe: unsubscribe}
  hard_where: {/type: bounce}
  message_id: /smtp-id
  address: /email
  code: /status
  time: /timestamp
"""

MAILGUN = """\
# Mailgun signs within the body; the token in the address proves it instead.
adapter: email
bounces:
  signature: {scheme: url-token}
  items: /event-data
  kind: /event
  kinds: {failed: hard, complained: complaint, unsubscribed: unsubscribe}
  hard_where: {/severity: permanent}
  message_id: /message/headers/message-id
  address: /recipient
  code: /delivery-status/code
  time: /timestamp
"""

POSTMARK = """\
# Postmark gives messages ids of its own, so that an address is all that it names.
adapter: email
bounces:
  signature: {scheme: basic}
  kind: /Type
  kinds:
    HardBounce: hard
    BadEmailAddress: hard
    SoftBounce: soft
    Transient: soft
    SpamComplaint: complaint
    Unsubscribe: unsubscribe
  address: /Email
  code: /TypeCode
  time: /BouncedAt
"""

RELAY = """\
# A program of the shop's own.
adapter: email
bounces:
  signature: {scheme: standard-webhooks}
  items: /data/returned
  kind: /why
  kinds: {"550": hard, "true": soft}
  message_id: /verp
"""


def sendgrid(id: str, **changes: Any) -> dict[str, Any]:
    """A bounce."""
    return {
        "email": "ada@example.org",
        "timestamp": 1771000000,
        "smtp-id": f"<{id}@shop.example>",
        "event": "bounce",
        "category": ["cat facts"],
        "sg_event_id": "6g4ZI7SA-xmRDv57GoPIPw==",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        "reason": "500 unknown recipient",
        "status": "5.0.0",
        "type": "bounce",
        **changes,
    }


def mailgun(id: str, **changes: Any) -> dict[str, Any]:
    """A permanent failure."""
    return {
        "signature": {
            "timestamp": "1529006854",
            "token": "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0",
            "signature": "d2271d12299f6592d9d44cd9d250f0704e4674c30d79d07c47a66f95ce71cf55",
        },
        "event-data": {
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "timestamp": 1521233195.375624,
            "log-level": "error",
            "event": "failed",
            "severity": "permanent",
            "reason": "suppress-bounce",
            "delivery-status": {
                "attempt-no": 1,
                "message": "",
                "code": 605,
                "description": "Not delivering to previously bounced address",
                "session-seconds": 0.0,
            },
            "message": {"headers": {"message-id": f"{id}@shop.example"}, "size": 111},
            "recipient": "ada@example.org",
            "recipient-domain": "example.org",
            **changes,
        },
    }


def postmark(**changes: Any) -> dict[str, Any]:
    """A hard bounce."""
    return {
        "RecordType": "Bounce",
        "MessageStream": "outbound",
        "ID": 4323372036854775807,
        "Type": "HardBounce",
        "TypeCode": 1,
        "Name": "Hard bounce",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {"example": "value"},
        "ServerID": 23,
        "Description": "The server was unable to deliver your message.",
        "Details": "Test bounce details",
        "Email": "ada@example.org",
        "From": "sender@example.com",
        "BouncedAt": "2025-11-05T16:33:54.9070259Z",
        "Inactive": True,
        "CanActivate": True,
        **changes,
    }
