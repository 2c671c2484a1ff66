"""What the notifier needs from outside."""
