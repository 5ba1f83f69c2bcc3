"""The drift audit: what differs from the intended configuration."""
