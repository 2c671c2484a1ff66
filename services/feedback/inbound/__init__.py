"""What reaches feedback: the survey's page, its HTTP interface, three topics."""
