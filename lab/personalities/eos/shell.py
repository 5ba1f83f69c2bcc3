"""EOS's command line over SSH."""

from lab.device.personality import Reply, Shell
from lab.personalities.eos.configuration.tokens import Invalid, split
from lab.personalities.eos.pipes import Failed
from lab.personalities.eos.terminal import Terminal

_TEXT_HELP = "Enter TEXT message. Type 'EOF' on its own line to end.\n"


class EosShell(Shell):
    """A login over SSH: the terminal, with questions, paging and multi-line input."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal.user, terminal.privilege)
        self.terminal = terminal
        self._banner: str | None = None  # the command whose text is being typed
        self._text: list[str] = []
        self._tries = 0  # at the enable password

    @property
    def asking(self) -> bool:  # type: ignore[override]
        """Whether the enable password is asked for."""
        return bool(self._tries)

    @property
    def idle_seconds(self) -> float | None:  # type: ignore[override]
        """``idle-timeout`` of ``management ssh``, in minutes there; EOS waits for ever unless told."""
        section = self.terminal.eos.config.section("ssh")
        line = section.lines.get("idle-timeout") if section is not None else None
        return int(line.text.split()[1]) * 60 or None if line is not None else None

    @property
    def pasting(self) -> bool:  # type: ignore[override]
        """Inside a banner."""
        return self._banner is not None

    def greeting(self) -> str:
        """The message of the day."""
        line = self.terminal.eos.config.root.get("banner motd")
        return "\n".join((*line.body, "")) if line is not None and hasattr(line, "body") else ""

    @property
    def prompt(self) -> str:
        """The prompt, or the question that waits."""
        if self._tries:
            return "Password: "
        return "" if self._banner else self.terminal.prompt

    async def line(self, text: str) -> Reply:
        """Obey one line."""
        if self._tries:
            return self._password(text)
        if self._banner:
            return self._inside_banner(text)
        words = split(text)
        if not words:
            return Reply()
        if words[0] in ("enable", "en", "ena") and len(words) == 1 and not self.terminal.configuring:
            return self._enable()
        if not self.terminal.configuring and words[0] in ("exit", "logout", "quit"):
            return Reply(close=True)
        if self.terminal.takes_text(text):
            self._banner, self._text = text, []
            return Reply(_TEXT_HELP)
        reply = self._run(text)
        await self.terminal.pause()
        return reply

    def gone(self) -> None:
        """A session that it was in stays open, without it."""
        self.terminal.leave()

    def _run(self, text: str, body: list[str] | None = None) -> Reply:
        self.terminal.how = self.how
        try:
            output = self.terminal.run(text, body)
        except Invalid as error:
            short = (
                str(error).split(" (at token")[0] if "at token" in str(error) and "None" in str(error) else str(error)
            )
            return Reply(f"% {short}\n")
        except Failed as error:
            return Reply(f"% {error}\n")
        self.page = self.terminal.page
        return Reply(output.text, close=self.terminal.closed)

    def _enable(self) -> Reply:
        if not self.terminal.enable(None):
            self._tries, self.echo = 1, False
        return Reply()

    def _password(self, text: str) -> Reply:
        if self.terminal.enable(text):
            self._tries, self.echo = 0, True
            return Reply()
        self._tries += 1
        if self._tries > 3:
            self._tries, self.echo = 0, True
            return Reply("% Bad secret\n")
        return Reply()

    def _inside_banner(self, text: str) -> Reply:
        if text.strip(" \t\r") != "EOF":
            self._text.append(text)
            return Reply()
        command, self._banner = str(self._banner), None
        return self._run(command, self._text)
