"""What reaches engagement: three topics and its HTTP interface."""
