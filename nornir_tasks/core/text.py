"""Texts from elsewhere, made fit to be shown."""


def escape_invisible(text: str) -> str:
    """For reading: what would not be seen (control characters, turns of direction) in figures.

    A description must not be able to hide a line from the person who approves it.
    """
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
