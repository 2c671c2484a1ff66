"""Engagement scores acts.

Reads requite.acts.v1, requite.feedback.v1, requite.customers.v1 and requite.messages.v1; writes
requite.engagement.v1; answers what is in PATHS.
"""

PATHS = (
    "/v1/scores",
    "/v1/profiles",
    "/v1/leaderboards",
    "/v1/segments",
    "/v1/circles",
    "/v1/programme",
)
