"""Events captures what customers do and who they are.

Writes requite.acts.v1 and requite.customers.v1; answers /v1/events and /v1/customers.
"""

PATHS = ("/v1/events", "/v1/customers")
