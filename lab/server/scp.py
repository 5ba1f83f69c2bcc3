"""The SCP protocol, both ways, onto a switch's flash: small text files, one at a time."""

import asyncio
import shlex
from collections.abc import Callable

from lab.device import mishaps
from lab.device.switch import Switch

OK = b"\0"


class ScpError(Exception):
    """What the other end is told."""


def file_name(path: str) -> str:
    """The bare name under which flash keeps a file: ``flash:/a.txt``, ``/mnt/flash/a.txt`` and ``a.txt`` are one."""
    return path.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def wanted(command: str) -> list[str] | None:
    """The arguments, if an exec request asks for SCP."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    return words[1:] if words and words[0] in ("scp", "/usr/bin/scp") else None


class Scp:
    """One SCP request. Feed it what arrives; it writes the protocol's answers.

    Args:
        write: takes bytes for the other end.
    """

    def __init__(self, switch: Switch, write: Callable[[bytes], None]) -> None:
        self._switch = switch
        self._write = write
        self._buffer = bytearray()
        self._more = asyncio.Event()
        self._ended = False
        self._command = ""

    def feed(self, data: bytes) -> None:
        """Something has arrived."""
        self._buffer += data
        self._more.set()

    def end(self) -> None:
        """Nothing more will arrive."""
        self._ended = True
        self._more.set()

    async def run(self, arguments: list[str]) -> int:
        """Serve the request. Returns the exit status.

        Raises:
            HangUp: a fault ends the session here.
        """
        self._command = " ".join(["scp", *arguments])
        await mishaps.begin(self._switch, self._command)
        options = "".join(word for word in arguments if word.startswith("-"))
        path = next((word for word in arguments if not word.startswith("-")), "")
        try:
            if not self._switch.personality.scp_enabled():
                raise ScpError("Administratively disabled.")
            if "t" in options:
                await self._receive(path)
            elif "f" in options:
                await self._send(path)
            else:
                raise ScpError("only -t and -f are served")
        except ScpError as error:
            self._write(b"\x01scp: " + str(error).encode() + b"\n")
            return 1
        return 0

    async def _receive(self, path: str) -> None:
        self._write(OK)
        while True:
            header = await self._line()
            if header is None:
                return
            if header[:1] in (b"T", b"E"):  # times are not kept; the end of a directory is nothing
                self._write(OK)
                continue
            parts = header.decode("utf-8", "replace").split(" ", 2)
            if not header.startswith(b"C") or len(parts) != 3 or not parts[1].isdigit():
                raise ScpError(f"unexpected {parts[0]!r}")
            if self._switch.full:
                raise ScpError("No space left on device")
            self._write(OK)
            content = await self._exactly(int(parts[1]))
            await self._exactly(1)
            await self._switch.delay()
            self._switch.files[file_name(path) or file_name(parts[2])] = content.decode("utf-8", "surrogateescape")
            self._switch.keep()
            await mishaps.end(self._switch, self._command)
            self._write(OK)

    async def _send(self, path: str) -> None:
        name = file_name(path)
        text = {**self._switch.files, **self._live()}.get(name)
        if text is None:
            raise ScpError(f"{path}: No such file or directory")
        content = text.encode("utf-8", "surrogateescape")
        await self._exactly(1)
        self._write(f"C0644 {len(content)} {name}\n".encode())
        await self._exactly(1)
        self._write(content + OK)
        await self._exactly(1)
        await mishaps.end(self._switch, self._command)

    def _live(self) -> dict[str, str]:
        """Files that are not in flash but are what the switch runs on."""
        return {"startup-config": self._switch.startup, "running-config": self._switch.personality.text()}

    async def _line(self) -> bytes | None:
        while b"\n" not in self._buffer:
            if self._ended:
                return None
            await self._wait()
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer[:] = rest
        return line

    async def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            if self._ended:
                raise ScpError("lost connection")
            await self._wait()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    async def _wait(self) -> None:
        self._more.clear()
        await self._more.wait()
