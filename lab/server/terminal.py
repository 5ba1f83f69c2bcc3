"""A terminal line: echo, editing, paging and questions, between an SSH channel and a personality's shell."""

import asyncio
from collections.abc import Callable

from lab.device import mishaps
from lab.device.personality import Reply, Shell
from lab.device.switch import HangUp, Switch

ERASE = "\b\x7f"
INTERRUPT, LINE_KILL, END = "\x03", "\x15", "\x1a"


class Terminal:
    """One interactive session. Feed it what the user types; it writes what a terminal would show."""

    def __init__(self, switch: Switch, shell: Shell, write: Callable[[str], None]) -> None:
        self._switch = switch
        self._shell = shell
        self._write = write
        self._typed = ""
        self._more = asyncio.Event()
        self._ended = False
        self._obeying = False
        self.room = asyncio.Event()  # clear while the other end does not read what was written
        self.room.set()

    def feed(self, text: str) -> None:
        """The user has typed something; it may be a part of a line, or many lines."""
        key = self._shell.interrupt_key
        if self._obeying and key and key in text:
            self._shell.interrupt()
            text = text.replace(key, "")
        self._typed += text
        self._more.set()

    def end(self) -> None:
        """The user has hung up."""
        self._ended = True
        self._more.set()

    async def run(self) -> None:
        """Serve until somebody hangs up."""
        try:
            greeting = self._shell.greeting()
            if greeting:
                self._print(greeting)
            while True:
                self._write(str(self._switch.faults.scribbled(self._shell.prompt)))
                if self._shell.single_key:
                    text = await self._key()
                    self._write("\r\n")
                else:
                    text = await self._line()
                self._obeying = True
                reply = await obey(self._switch, self._shell, text)
                self._obeying = False
                await self._show(reply.text)
                if reply.text and self._switch.faults.endless:
                    await self._flood(reply.text)
                if reply.close:
                    return
        except HangUp as end:
            self._write(str(end).replace("\n", "\r\n"))
        finally:
            self._shell.gone()

    # --- in

    async def _wait(self) -> None:
        """Wait for more to be typed."""
        if self._ended:
            raise HangUp
        self._more.clear()
        idle = self._shell.idle_seconds
        try:
            async with asyncio.timeout(None if idle is None else idle / self._switch.clock):
                await self._more.wait()
        except TimeoutError:
            raise HangUp from None
        if not self._typed and self._ended:
            raise HangUp

    async def _key(self) -> str:
        """The next key alone; a return is the empty text."""
        while not self._typed:
            await self._wait()
        key, self._typed = self._typed[0], self._typed[1:]
        if key == "\r":
            self._typed = self._typed.removeprefix("\n")
        return "" if key in "\r\n" else key

    async def _line(self) -> str:
        """A whole line, echoed as it is typed."""
        line = ""
        while True:
            while not self._typed:
                await self._wait()
            if self._typed.isprintable():
                line += self._typed
                self._echo(self._typed)
                self._typed = ""
                continue
            place = next(n for n, key in enumerate(self._typed) if not key.isprintable())
            line += self._typed[:place]
            self._echo(self._typed[:place])
            key, self._typed = self._typed[place], self._typed[place + 1 :]
            if key in "\r\n":
                if key == "\r":
                    self._typed = self._typed.removeprefix("\n")
                self._write("\r\n")
                return line
            line = self._edit(line, key)
            if key in (INTERRUPT, END):
                self._write("\r\n")
                return "end" if key == END else ""

    def _edit(self, line: str, key: str) -> str:
        """What a control key makes of the line so far. Those that equipment does not know are ignored."""
        if key in ERASE and line:
            self._echo("\b \b")
            return line[:-1]
        if key == LINE_KILL:
            self._echo("\b \b" * len(line))
            return ""
        return line

    def _echo(self, text: str) -> None:
        if text and self._shell.echo:
            self._write(text)

    # --- out

    def _print(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        self._write(text if text.endswith("\n") else text + "\r\n")

    async def _show(self, text: str) -> None:
        """Print a reply, page by page if the session pages."""
        if not text:
            return
        lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        page = self._shell.page
        if page is None or len(lines) < page:
            self._print(text)
            return
        shown, room = 0, page - 1
        while shown < len(lines):
            self._print("\n".join(lines[shown : shown + room]))
            shown += room
            if shown >= len(lines):
                return
            more = self._shell.more
            self._write(more)
            key = await self._key()
            self._write("\b" * len(more) + " " * len(more) + "\b" * len(more))
            if key in ("q", "Q", INTERRUPT):
                return
            room = page - 1 if key == " " else 1

    async def _flood(self, text: str) -> None:
        """Print a text again and again, as fast as it is read; the session's end cancels it."""
        lines = text.rstrip("\n") + "\n"
        while not self._ended:
            self._print(lines * (1 + 32768 // len(lines)))
            await self.room.wait()
            await asyncio.sleep(0)


async def obey(switch: Switch, shell: Shell, text: str) -> Reply:
    """Run one line as long as the switch can be reached: the answer to a line that cut the way never arrives.

    Args:
        switch: where the session is.
        shell: the session.
        text: the line, or the answer to the question that waits.

    Returns:
        What comes through of the answer.

    Raises:
        HangUp: a fault, or a restart, ends the session here.
    """
    try:
        return await _obey(switch, shell, text)
    except HangUp:
        await mishaps.silence(switch)
        raise


async def _obey(switch: Switch, shell: Shell, text: str) -> Reply:
    if switch.faults.hang:
        raise HangUp
    fresh = not (shell.asking or shell.pasting)
    if fresh:
        shell.command = text
    if text.strip() and not shell.pasting:
        await mishaps.count(switch)
        await switch.delay()
    await _reachable(switch)
    if fresh:
        await mishaps.begin(switch, text)
    reply = await shell.line(text)
    if not (shell.asking or shell.pasting):
        await mishaps.end(switch, shell.command)
    await _reachable(switch)
    return Reply(mishaps.answer(switch, reply.text), reply.close)


async def _reachable(switch: Switch) -> None:
    """Wait while the way to the switch is cut; after a grace the server hangs up (see ``lab.server.listeners``)."""
    while not switch.reachable:
        await asyncio.sleep(0.02)
    if switch.faults.hang:
        raise HangUp
