"""The rules of capture: what is an act, and what is a customer."""
