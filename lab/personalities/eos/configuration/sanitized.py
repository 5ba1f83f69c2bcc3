"""Configurations without their secrets, as EOS shows them with ``sanitized``."""


def sanitized(text: str) -> str:
    """A configuration with its secrets struck out, as ``show running-config sanitized`` does it."""
    lines = []
    for line in text.splitlines():
        words = line.split()
        if (words[:1] == ["username"] and "secret" in words) or words[:2] == ["enable", "password"]:
            line = line.rsplit(" ", 1)[0] + " <removed>"
        elif words[:2] == ["snmp-server", "community"]:
            line = line.replace(words[2], "<removed>", 1)
        lines.append(line)
    return "\n".join(lines) + "\n"
