"""Files of channels for providers that many use, as the documentation has them."""

TWILIO = """\
# SMS by Twilio's Messages API. The secret of this channel is the account's auth token.
adapter: http
per_second: 1
options:
  url: https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json
  auth: {scheme: basic, user: AC00000000000000000000000000000000}
  form:
    To: "{to}"
    From: "+15005550006"
    Body: "{text}"
  max_length: 320
  bad_address: [{pointer: /code, values: [21211, 21217, 21614]}]
  refused: [{pointer: /code, values: [21408, 21610]}]
  deferred: [{pointer: /code, values: [14107, 20429, 30001]}]
"""

VONAGE = """\
# SMS by Vonage's Messages API. The secret of this channel is the account's API secret.
adapter: http
options:
  url: https://api.nexmo.com/v1/messages
  auth: {scheme: basic, user: abcd1234}
  json:
    message_type: text
    channel: sms
    to: "{to}"
    from: Shop
    text: "{text}"
    client_ref: "{message_id}"
  max_length: 320
  success: [202]
  refused: [422]
"""

NTFY = """\
# Push by ntfy: the topic is the customer's address of the kind "push".
adapter: http
options:
  address: push
  url: https://ntfy.example.com/
  auth: {scheme: bearer}
  json: {topic: "{to}", title: "{subject}", message: "{text}", click: "{preferences_url}"}
  max_length: 1000
"""

ONESIGNAL = """\
# Push by OneSignal, which takes a key so that a repeated attempt pushes once.
adapter: http
options:
  address: push
  url: https://api.onesignal.com/notifications
  auth: {scheme: header, name: Authorization, prefix: "Key "}
  headers: {X-Purpose: "{purpose}"}
  json:
    app_id: 00000000-0000-0000-0000-000000000000
    target_channel: push
    include_subscription_ids: ["{to}"]
    headings: {en: "{subject}"}
    contents: {en: "{text}"}
    idempotency_key: "{message_id}"
  idempotency_header: Idempotency-Key
  max_length: 500
  bad_address: [{pointer: /errors/0, values: [All included players are not subscribed]}]
"""
