"""The health checks as a service: when each is due, what stands since, and whom it is told."""
