"""What reaches the notifier: three topics and its HTTP interface."""
