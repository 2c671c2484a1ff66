"""The mapping language: what a row or document of a shop's own means in acts. Pure, no I/O."""
