"""The inventory's files as text: which there are, what YAML makes of them, and where each value stands."""
