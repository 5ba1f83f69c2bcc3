"""Who can reach what, proved from the model and the intended configuration."""
