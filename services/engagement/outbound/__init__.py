"""What engagement tells others."""
