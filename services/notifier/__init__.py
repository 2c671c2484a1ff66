"""The notifier decides whom to write to about what, sends it once, and says why or why not.

Reads requite.engagement.v1, requite.customers.v1 and requite.feedback.v1; writes
requite.messages.v1 and the messages themselves; answers for what was decided and sent, for what
customers want, and for what came back.
"""

PATHS = (
    "/v1/decisions",
    "/v1/unthanked",
    "/v1/messages",
    "/v1/preferences",
    "/v1/inbox",
    "/v1/packing-notes",
    "/v1/suppressions",
    "/v1/bounces",
    "/v1/channels",
    "/u",
)
