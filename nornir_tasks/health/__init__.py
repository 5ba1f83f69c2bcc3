"""The health checks, and what runs them on many devices."""
