"""What the notifier decides: values in, decisions out."""
