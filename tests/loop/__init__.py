"""The whole loop, from an act to the thanks and back, embedded and distributed."""
