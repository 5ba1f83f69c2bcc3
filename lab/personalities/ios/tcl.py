"""The little of Tcl that puts a file into flash: ``puts [open "flash:/name" w+] {…}``."""

import re

from lab.personalities.ios.cli import IosShell

_PUTS = re.compile(r'\s*puts\s+\[open\s+"?(?P<url>[^"\s]+)"?\s+(?P<mode>[wa]\+?)\]\s*\{(?P<text>.*)\Z', re.S)


def obey(shell: IosShell, text: str) -> str | None:
    """Take one line in the Tcl shell; a brace left open goes on over the next lines. None: it is no Tcl, but exec's."""
    assert shell.tcl is not None
    if not shell.tcl and not text.strip():
        return ""
    if not shell.tcl and text.strip() in ("tclquit", "exit"):
        shell.tcl = None
        return ""
    shell.tcl.append(text)
    script = "\n".join(shell.tcl)
    if script.count("{") > script.count("}"):
        return ""
    shell.tcl = []
    found = _PUTS.match(script)
    if found is None:
        return None
    if shell.switch.full:
        return 'couldn\'t open "{}": no space left on device\n'.format(found["url"])
    body = found["text"].rstrip()
    name = shell.device.file_name(found["url"])
    before = shell.switch.files.get(name, "") if found["mode"].startswith("a") else ""
    shell.switch.files[name] = f"{before}{body[: body.rindex('}')]}\n"
    shell.switch.keep()
    return ""
