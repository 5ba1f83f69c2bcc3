"""HP ProCurve (AOS-S 16)."""
