"""Tests of the CloudEvents codec."""
