"""The migration: what each stage does, what must hold before it, in which waves, and the way back."""
