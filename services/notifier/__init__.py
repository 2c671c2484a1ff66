"""The notifier decides whom to thank for what, and sends the thanks.

Reads requite.engagement.v1, requite.customers.v1 and requite.feedback.v1; writes
requite.messages.v1 and the mails; answers /v1/decisions and /v1/messages.
"""

PATHS = ("/v1/decisions", "/v1/messages")
