"""From the inventory's files to the typed region, and back to the file and line that gave a value."""
