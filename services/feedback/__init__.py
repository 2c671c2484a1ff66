"""Feedback asks, listens and keeps what went wrong until it is put right.

Reads requite.acts.v1, requite.messages.v1 and requite.customers.v1; writes requite.feedback.v1;
answers /s/{token}, /v1/surveys, /v1/responses and /v1/cases.
"""

PATHS = ("/s", "/v1/surveys", "/v1/responses", "/v1/cases")
