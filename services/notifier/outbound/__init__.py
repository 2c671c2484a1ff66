"""What the notifier tells others, and how it reaches customers."""
