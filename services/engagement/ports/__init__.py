"""What engagement needs from outside, one module a port."""
