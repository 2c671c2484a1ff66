"""Engagement scores acts.

Reads requite.acts.v1, requite.feedback.v1 and requite.customers.v1; writes
requite.engagement.v1; answers /v1/scores and /v1/programme.
"""

PATHS = ("/v1/scores", "/v1/programme")
