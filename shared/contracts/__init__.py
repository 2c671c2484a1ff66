"""What travels between the services: events, topics and the payload of each topic."""
