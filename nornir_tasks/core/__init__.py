"""What every package may use: errors, the state directory, files written whole, the terminal, interruption."""
