"""The region's servers as real Debian hosts: their image, the wires between them, and what can be made to fail."""
