"""What events tells others."""
