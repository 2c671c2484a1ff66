"""What events needs from outside, one idea a module."""
