"""What reaches events: its HTTP interface."""
