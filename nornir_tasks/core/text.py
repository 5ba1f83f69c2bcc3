"""Texts from elsewhere, made fit to be shown."""


def escape_invisible(text: str) -> str:
    """For reading: what would not be seen (control characters, turns of direction) in figures.

    A description must not be able to hide a line from the person who approves it.
    """
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def count_noun(count: int, noun: str, plural: str = "s") -> str:
    """The count with its noun: ``1 switch``, ``2 switches``.

    Args:
        count: how many there are.
        noun: in the singular.
        plural: the ending that is added to the noun unless the count is 1.
    """
    return f"{count} {noun}{'' if count == 1 else plural}"
