"""What feedback tells others."""
