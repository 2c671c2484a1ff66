"""What a message to a customer is for, in the order in which they may speak."""

from typing import Literal, get_args

Purpose = Literal["recovery", "thanks", "survey", "touchpoint", "promotion"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
"""The first has the highest priority."""

ANY_CHANNEL = "any"
"""In a consent: whatever way the message takes."""

CHANNEL_NAME = r"[a-z][a-z0-9-]{0,49}"
