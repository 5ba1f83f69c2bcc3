"""How each kind of switch speaks: a command line, a configuration, and what the configuration means."""
