"""A login session on an IOS switch: prompts, modes, questions, output filters."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator

from lab.device import mishaps
from lab.device.personality import Reply, Shell
from lab.device.switch import HangUp, PowerLost
from lab.personalities.ios.configuration.config import Confirm, Cursor
from lab.personalities.ios.configuration.grammar import PROMPTS
from lab.personalities.ios.configuration.parse import Match, Node, Refused, Rule, grammar, match
from lab.personalities.ios.configuration.section import Section
from lab.personalities.ios.configuration.settings import DELIMITER, banner_ended, ended, show_controls
from lab.personalities.ios.device import IosDevice
from lab.personalities.ios.rollback import Rollback
from lab.personalities.ios.tcl import TclShell

Handler = Callable[["IosShell", Match], Awaitable[str]]
_HANDLERS: dict[str, Handler] = {}
_EXEC: list[Rule] = []
_grammars: dict[int, Node] = {}
_tasks: set[asyncio.Task[str]] = set()  # the loop holds tasks only weakly, and a change goes on when its session drops
ESCAPE = "\x1e"  # ^^: breaks off what is under way, and with an x behind it leads out of a connection
FILTERS = ("include", "exclude", "begin", "section", "count")
UNKNOWN = "% Unknown command or computer name, or unable to find computer address\n"


def command(*specs: str, level: int = 15) -> Callable[[Handler], Handler]:
    """Declare the exec commands that a function answers, and the privilege they need."""

    def declare(handler: Handler) -> Handler:
        for spec in specs:
            _HANDLERS[spec] = handler
            _EXEC.append(Rule(spec, level=level))
        return handler

    return declare


def exec_grammar(privilege: int) -> Node:
    """The exec commands that a privilege may use."""
    level = 15 if privilege >= 15 else 1
    if level not in _grammars:
        _grammars[level] = grammar(rule for rule in _EXEC if rule.level <= level)
    return _grammars[level]


class IosShell(Shell):
    """One session: exec mode, configuration mode or the Tcl shell."""

    def __init__(self, device: IosDevice, rollback: Rollback, user: str, privilege: int) -> None:
        super().__init__(user, privilege)
        self.device = device
        self.switch = device.switch
        self.rollback = rollback
        self.cursor: Cursor | None = None
        self.tcl: TclShell | None = None
        line = device.config.root.entries.get("line vty 0 4")
        self.timestamped = isinstance(line, Section) and line.has("exec prompt timestamp")
        self.width = 80  # of the terminal; 0 is as wide as a line is
        self.closing = False
        self._banner: list[str] = []
        self._task: asyncio.Task[str] | None = None
        self._answer: asyncio.Future[str] | None = None
        self._question: str | None = None
        self._severed: asyncio.Future[None] | None = None
        self.connections: dict[int, str] = {}  # by number: addresses of those that wait, the one used last at the end
        self.interrupt_key = ESCAPE
        self._interrupted = asyncio.Event()

    @property
    def hostname(self) -> str:
        """The name in the prompt."""
        return self.switch.meaning.hostname

    def greeting(self) -> str:
        """The banners."""
        shown = []
        for kind in ("motd", "login", "exec"):
            text = self.device.config.root.get(f"banner {kind}")
            if text is not None:
                shown.append(text.split(DELIMITER)[1])
        return "\n".join(shown) + "\n" if shown else ""

    @property
    def prompt(self) -> str:
        """``name#``, ``name(config-if)#``, or the question that waits."""
        if self._question is not None:
            return self._question
        if self._banner:
            return ""
        if self.tcl is not None:
            return "+>" if self.tcl.script else f"{self.hostname}(tcl)#"
        if self.cursor is not None:
            mode = "config-if-range" if self.cursor.several else PROMPTS[self.cursor.context]
            return f"{self.hostname[:20]}({mode})#"
        return f"{self.hostname}{'#' if self.privilege >= 15 else '>'}"

    @property
    def idle_seconds(self) -> float | None:  # type: ignore[override]
        """``exec-timeout`` of the first vty line; nothing typed for ten minutes is the default, 0 0 is never."""
        line = self.device.config.root.entries.get("line vty 0 4")
        text = line.get("exec-timeout") if isinstance(line, Section) else None
        minutes, seconds = (*(text or "exec-timeout 10 0").split()[1:], "0")[:2]
        return int(minutes) * 60 + int(seconds) or None

    @property
    def pasting(self) -> bool:  # type: ignore[override]
        """Inside a banner or the braces of a Tcl ``puts``."""
        return bool((self.tcl and self.tcl.script) or self._banner)

    @property
    def asking(self) -> bool:  # type: ignore[override]
        """Whether a question waits."""
        return self._question is not None

    def gone(self) -> None:
        """Nobody will answer: a command that asks something ends where it stands."""
        if self._question is not None and self._task is not None:
            self._task.cancel()

    async def took_line(self, line: str) -> None:
        """A line of a file was taken: the world takes note, and it takes its time. The change outlives its session."""
        self.switch.changed()
        if await mishaps.spring(self.switch, "on", line) and self._severed is not None and not self._severed.done():
            self._severed.set_result(None)
        await self.switch.line_delay()

    async def ask(self, question: str, secret: bool = False, key: bool = False) -> str:
        """Put a question and wait for the answer; a ``[confirm]`` takes a single key, as does what wants a ``key``."""
        assert self._answer is not None
        self._question = question
        self.single_key = key or question.endswith("[confirm]")
        self.echo = not secret
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        asked, self._answer = self._answer, answer
        asked.set_result("")
        text = await answer
        self._question, self.single_key, self.echo = None, False, True
        return text

    async def ask_key(self) -> str:
        """Wait for the next key, which is not shown; a return is the empty text."""
        return await self.ask("", secret=True, key=True)

    def interrupt(self) -> None:
        """Somebody wants what is under way to end."""
        self._interrupted.set()

    async def is_interrupted(self, seconds: float) -> bool:
        """Wait so long by the switch's clock, or until somebody has had enough; whether they had."""
        self._interrupted.clear()
        try:
            await asyncio.wait_for(self._interrupted.wait(), seconds / self.switch.clock)
        except TimeoutError:
            return False
        return True

    async def confirm(self, question: str) -> bool:
        """Ask for a yes: return, ``y`` or ``yes``."""
        return (await self.ask(question)).strip().lower() in ("", "y", "yes")

    async def line(self, text: str) -> Reply:
        """Obey one line, or take it as the answer to the question that waits.

        Raises:
            HangUp: the session ends here; what the line began goes on.
        """
        loop = asyncio.get_running_loop()
        waiting, asked = self._answer, loop.create_future()
        self._answer = asked
        self._severed = severed = loop.create_future()
        if self._task is None:
            self._task = asyncio.create_task(self._carry_out(text))
            _tasks.add(self._task)
            self._task.add_done_callback(_tasks.discard)
        elif waiting is not None:
            waiting.set_result(text)
        await asyncio.wait({self._task, asked, severed}, return_when=asyncio.FIRST_COMPLETED)
        if severed.done():
            raise HangUp
        if not self._task.done():
            return Reply(show_controls(self._taken_output()))
        task, self._task, self._answer = self._task, None, None
        return Reply(show_controls(self._taken_output() + task.result()), self.closing)

    _output: str = ""

    def say(self, text: str) -> None:
        """Print something before the command is done (before a question, for one)."""
        self._output += text

    def _taken_output(self) -> str:
        text, self._output = self._output, ""
        return text

    async def _carry_out(self, text: str) -> str:
        try:
            return await self._obey(text)
        except PowerLost:
            self.closing = True
            return ""

    async def _obey(self, text: str) -> str:
        if self.tcl is not None:
            answer = self.tcl.obey(text)
            if self.tcl.closed:
                self.tcl = None
            if answer is not None:
                return answer
            return await self.execute(text, len(self.prompt))
        if self.cursor is not None:
            return await self._configure(text)
        return await self.execute(text, len(self.prompt))

    # --- exec mode

    async def execute(self, text: str, indent: int = 0) -> str:
        """Run one exec command, with its output filter."""
        wanted, bar, pipe = text.partition("|")
        if self.connections and not text.strip():
            text, wanted = "resume", "resume"
        if not wanted.strip() or wanted.lstrip().startswith("!"):
            return ""
        try:
            root = exec_grammar(self.privilege)
            first = wanted.split()[0].lower()
            if len(wanted.split()) == 1 and not any(word.startswith(first) for word in root.words):
                return UNKNOWN
            if wanted.split() in (["show"], ["sh"], ["sho"]):
                return '% Type "show ?" for a list of subcommands\n'
            typed = match(root, wanted)
            assert typed.rule is not None
            output = await _HANDLERS[typed.rule.spec](self, typed)
            if self.timestamped and typed.text.startswith("show "):
                self.say(self.device.time_stamp())
            return _filter(output, pipe, len(wanted) + 1) if bar else output
        except Refused as error:
            return error.text(indent)

    # --- configuration mode

    async def _configure(self, text: str) -> str:
        assert self.cursor is not None
        if self._banner:
            self._banner.append(text)
            if not ended("\n".join(self._banner)):
                return ""
            text, self._banner = "\n".join(self._banner), []
        elif re.match(r"\s*certificate\s", text) and self.cursor.context == "chain" and not ended(text):
            self._banner = [text.strip()]
            return "Enter the certificate in hexidecimal representation....\n"
        elif re.match(r"\s*banner\s", text) and not banner_ended(text.strip()):
            self._banner = [text.strip()]
            return f"Enter TEXT message.  End with the character '{text.split()[2][0]}'.\n"
        body = text.strip()
        indent = len(self.prompt)
        if body in ("end", "\x1a") or (body == "exit" and len(self.cursor.levels) == 1):
            self.cursor = None
            return ""
        if re.match(r"do\s", body):
            return await self.execute(re.sub(r"^(\s*do\s+)", lambda start: " " * len(start[0]), text), indent)
        if not body or body.startswith("!"):
            return ""
        words = self.switch.refuses(body)
        if words is not None:
            return Refused(words, len(text) - len(text.lstrip())).text(indent)
        with self.switch.history.step(self.how):
            try:
                remark = await self._apply(text)
            except Refused as error:
                return error.text(indent)
            self.device.touched(self.user)
            self.switch.changed()
        return f"{remark}\n" if remark else ""

    async def _apply(self, text: str) -> str:
        assert self.cursor is not None
        try:
            return self.device.config.apply(self.cursor, text)
        except Confirm as question:
            if await self.confirm(question.question):
                return self.device.config.apply(self.cursor, text, confirmed=True)
            return ""


def _filter(text: str, pipe: str, column: int) -> str:
    """``| include``, ``exclude``, ``begin``, ``section`` and ``count``, each with a regular expression.

    Args:
        text: what the command shows.
        pipe: what stands behind the bar, which is at ``column - 1`` of the line.
    """
    words = pipe.strip().split(None, 1)
    if words and not any(kind.startswith(words[0].lower()) for kind in FILTERS):
        raise Refused("% Invalid input detected at '^' marker.", column + pipe.index(words[0]))
    if len(words) < 2:
        raise Refused("% Incomplete command.")
    kind, pattern = words[0].lower(), words[1].strip().strip('"')
    try:
        wanted = re.compile(pattern)
    except re.error:
        wanted = re.compile(re.escape(pattern))
    lines = text.splitlines()
    if "include".startswith(kind):
        selected = [line for line in lines if wanted.search(line)]
    elif "exclude".startswith(kind):
        selected = [line for line in lines if not wanted.search(line)]
    elif "begin".startswith(kind):
        start = next((position for position, line in enumerate(lines) if wanted.search(line)), len(lines))
        selected = lines[start:]
    elif "section".startswith(kind):
        selected = list(_sections(lines, wanted))
    else:
        selected = [f"Number of lines which match regexp = {sum(bool(wanted.search(line)) for line in lines)}"]
    return "\n".join(selected) + "\n" if selected else ""


def _sections(lines: list[str], wanted: re.Pattern[str]) -> Iterator[str]:
    inside = body = False
    for line in lines:
        if not line.startswith(" ") and not body:
            inside = bool(wanted.search(line))
        if line.startswith("banner ") and not body:
            body = line.count(DELIMITER) < 2
        elif DELIMITER in line:
            body = False
        if inside or wanted.search(line):
            yield line
