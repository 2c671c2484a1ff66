"""Invitations, responses, cases: values in, decisions out."""
