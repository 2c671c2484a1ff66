"""Events captures what customers do and who they are.

Writes requite.acts.v1 and requite.customers.v1; answers the paths below.
"""

PATHS = (
    "/v1/events",
    "/v1/customers",
    "/v1/aliases",
    "/v1/merges",
    "/v1/webhooks",
    "/v1/referrals",
    "/v1/suggestions",
    "/r",
    "/l",
)
