"""What the lab is built from: the region as the inventory has it, and what its switches were before the move."""
