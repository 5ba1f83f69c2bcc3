"""The little of Tcl that puts a file into flash: ``puts [open "flash:/name" w+] {…}``."""

import re

from lab.personalities.ios.device import IosDevice

_PUTS = re.compile(r'\s*puts\s+\[open\s+"?(?P<url>[^"\s]+)"?\s+(?P<mode>[wa]\+?)\]\s*\{(?P<text>.*)\Z', re.S)


class TclShell:
    """The Tcl shell of one session. ``script``: the lines of a command whose brace is still open."""

    def __init__(self, device: IosDevice) -> None:
        self._device = device
        self.script: list[str] = []
        self.closed = False

    def obey(self, text: str) -> str | None:
        """Take one line; a brace left open goes on over the next lines. None: it is no Tcl, but exec's."""
        if not self.script and not text.strip():
            return ""
        if not self.script and text.strip() in ("tclquit", "exit"):
            self.closed = True
            return ""
        self.script.append(text)
        script = "\n".join(self.script)
        if script.count("{") > script.count("}"):
            return ""
        self.script = []
        puts = _PUTS.match(script)
        return None if puts is None else self._put(puts)

    def _put(self, puts: re.Match[str]) -> str:
        """Write a text to a file in flash."""
        switch = self._device.switch
        if switch.full:
            return 'couldn\'t open "{}": no space left on device\n'.format(puts["url"])
        body = puts["text"].rstrip()
        name = self._device.file_name(puts["url"])
        before = switch.files.get(name, "") if puts["mode"].startswith("a") else ""
        switch.files[name] = f"{before}{body[: body.rindex('}')]}\n"
        switch.keep()
        return ""
