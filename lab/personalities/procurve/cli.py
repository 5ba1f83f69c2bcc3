"""ProCurve's command line: banner, levels, questions, abbreviations, escape codes."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lab.device.personality import Reply, Shell
from lab.personalities.procurve.config import KEYWORDS, Context, Question
from lab.personalities.procurve.device import ProcurveDevice
from lab.personalities.procurve.grammar import Refused
from lab.personalities.procurve.meaning import read_users
from lab.personalities.procurve.show import CLOSED, SHOW

BANNER = """HP J{model}
Software revision YA.16.10.0012

(C) Copyright 2021 Hewlett Packard Enterprise Development LP

                   RESTRICTED RIGHTS LEGEND
 Confidential computer software. Valid license from Hewlett Packard Enterprise
 Development LP required for possession, use or copying.


"""
# What a real switch sends around its prompt: scroll region, erase, cursor home, cursor on.
BEFORE = "\x1b[1;24r\x1b[24;1H\x1b[2K\x1b[24;1H\x1b[?25h\x1b[24;1H"
AFTER = "\x1b[24;{column}H\x1b[?25h"

# Commands of the shell itself; an operator may use those that begin with "-".
COMMANDS = {
    "-enable": "_enable",
    "-exit": "_exit",
    "-logout": "_logout",
    "-page": "_page_on",
    "-no page": "_page_off",
    "-terminal width <number>": "_nothing",
    "-terminal length <number>": "_nothing",
    "end": "_end",
    "disable": "_disable",
    "configure": "_configure",
    "configure terminal": "_configure",
    "write memory": "_write",
    "write terminal": "_write_terminal",
    "copy running-config startup-config": "_write",
    "reload": "_reload",
    "reload after <time>": "_reload_after",
    "no reload": "_no_reload",
    "boot": "_reload",
}
# In configuration mode these first words are still commands; all others are configuration.
STILL = ("show", "ping", "write", "copy", "exit", "end", "logout", "page", "terminal", "reload", "boot", "configure")


@dataclass(frozen=True)
class Asked:
    """A question that waits for its answer."""

    text: str
    answer: Callable[[str], Reply]
    key: bool = True  # one key is the answer
    echo: bool = True


def find(words: list[str], table: dict[str, object]) -> tuple[str, list[str]]:
    """The command that the words mean, each cut short as long as it is unambiguous, and its arguments.

    Raises:
        Refused: no such command, several, or it is not complete.
    """
    fits = [name.split() for name in table]
    for place, word in enumerate(words):
        here = [name for name in fits if len(name) > place]
        exact = [name for name in here if name[place] == word.lower()]
        begun = exact or [name for name in here if name[place].startswith(word.lower())]
        if not begun:
            begun = [name for name in here if name[place].startswith("<")]
        if not begun:
            raise Refused(f"Invalid input: {word}")
        if len({name[place] for name in begun}) > 1:
            raise Refused(f"Ambiguous input: {word}")
        fits = begun
    whole = next((name for name in fits if len(name) == len(words)), None)
    if whole is None:
        raise Refused(f"Incomplete input: {words[-1]}")
    return " ".join(whole), [word for word, name in zip(words, whole, strict=True) if name.startswith("<")]


class ProcurveShell(Shell):
    """One login session."""

    more = "-- MORE --, next page: Space, next line: Enter, quit: Control-C"

    def __init__(self, device: ProcurveDevice, user: str, privilege: int) -> None:
        super().__init__(user, privilege)
        self.device = device
        self.switch = device.switch
        self.context: Context | None = None
        self.asked: Asked | None = Asked("Press any key to continue", lambda _: Reply())

    def greeting(self) -> str:
        """The banner, and the notice of copyright."""
        motd = self.device.configuration.top.get("banner motd")
        told = motd.split('"')[1].replace("\\n", "\n") + "\n" if motd else ""
        return f"{told}{BANNER.replace('J{model}', self.switch.model)}"

    @property
    def prompt(self) -> str:
        """The prompt in its escape codes, or the question."""
        if self.asked is not None:
            return self.asked.text
        inside = f"({self.context.prompt})" if self.context is not None else ""
        plain = f"{self.device.configuration.hostname}{inside}{'#' if self.privilege >= 15 else '>'} "
        return f"{BEFORE}{plain}{AFTER.format(column=len(plain) + 1)}"

    @property
    def asking(self) -> bool:  # type: ignore[override]
        """Whether a question waits."""
        return self.asked is not None

    @property
    def single_key(self) -> bool:  # type: ignore[override]
        """Whether the next key alone is the answer."""
        return self.asked is not None and self.asked.key

    @property
    def echo(self) -> bool:  # type: ignore[override]
        """Whether what is typed is shown."""
        return self.asked is None or self.asked.echo

    async def line(self, text: str) -> Reply:
        """Obey one line, or take it as the answer."""
        if self.asked is not None:
            asked, self.asked = self.asked, None
            return asked.answer(text.strip())
        line = text.strip()
        if not line:
            return Reply()
        try:
            return self._obey(line)
        except Refused as refused:
            return Reply(f"{refused}\n")

    def _obey(self, line: str) -> Reply:
        words = line.split()
        if self.context is not None and not self._still(words):
            return self._configured(line)
        table: dict[str, object] = {**SHOW, **{name.lstrip("-"): name for name in COMMANDS}}
        if self.privilege < 15:
            closed = [name for name in table if f"-{name}" not in COMMANDS and (name in COMMANDS or _closed(name))]
            table = {name: value for name, value in table.items() if name not in closed}
        name, arguments = find(words, table)
        if name in SHOW:
            return Reply(SHOW[name](self.device, arguments))
        method = COMMANDS.get(name) or COMMANDS[f"-{name}"]
        done: Reply = getattr(self, method)(arguments)
        return done

    def _still(self, words: list[str]) -> bool:
        """Whether a line typed in configuration mode is a command all the same."""
        if words[0] == "no":
            return len(words) > 1 and words[1] in ("page", "reload")
        if any(word.startswith(words[0]) for word in KEYWORDS):
            return False
        return any(word.startswith(words[0].lower()) for word in STILL)

    def _configured(self, line: str, sure: bool = False) -> Reply:
        assert self.context is not None
        if refusal := self.switch.refuses(line):
            raise Refused(refusal)
        with self.switch.history.step(self.how):
            try:
                self.context = self.device.configuration.obey(self.context, line, sure)
            except Question as question:
                again = question.answered
                return self._ask(str(question), lambda key: self._sure(key, again))
            self.switch.changed()
        return Reply()

    def _sure(self, key: str, line: str) -> Reply:
        if key.lower() != "y":
            return Reply()
        try:
            return self._configured(line, sure=True)
        except Refused as refused:
            return Reply(f"{refused}\n")

    def _ask(self, text: str, answer: Callable[[str], Reply], key: bool = True, echo: bool = True) -> Reply:
        told, _, question = text.rpartition("\n")
        self.asked = Asked(question, answer, key, echo)
        return Reply(f"{told}\n" if told else "")

    # The commands. Each takes its arguments and gives a reply; _obey calls them by their names in COMMANDS.

    def _nothing(self, _: list[str]) -> Reply:
        return Reply()

    def _page_on(self, _: list[str]) -> Reply:
        self.page = 24
        return Reply()

    def _page_off(self, _: list[str]) -> Reply:
        self.page = None
        return Reply()

    def _enable(self, _: list[str]) -> Reply:
        if self.privilege >= 15 or not self.device.configuration.top.get("password manager"):
            self.privilege = 15
            return Reply()
        return self._ask("Username: ", self._enable_user, key=False)

    def _enable_user(self, user: str) -> Reply:
        return self._ask("Password: ", lambda password: self._enable_as(user, password), key=False, echo=False)

    def _enable_as(self, user: str, password: str) -> Reply:
        privilege, stored = read_users(self.device.configuration).get(user, (0, ""))
        if privilege < 15 or not self.device.verify(stored, password):
            return Reply("Invalid password\n")
        self.user, self.privilege = user, privilege
        return Reply()

    def _disable(self, _: list[str]) -> Reply:
        self.privilege, self.context = 1, None
        return Reply()

    def _configure(self, _: list[str]) -> Reply:
        self.context = Context()
        return Reply()

    def _end(self, _: list[str]) -> Reply:
        self.context = None
        return Reply()

    def _exit(self, arguments: list[str]) -> Reply:
        if self.context is None:
            return self._logout(arguments)
        self.context = None if self.context.kind == "global" else Context()
        return Reply()

    def _logout(self, _: list[str]) -> Reply:
        return self._ask("Do you want to log out (y/n)? ", self._logged_out)

    def _logged_out(self, key: str) -> Reply:
        if key.lower() != "y":
            return Reply()
        if self.privilege < 15 or self.device.text() == self.switch.startup:
            return Reply(close=True)
        return self._ask("Do you want to save current configuration (y/n/^C)? ", self._saved_at_last)

    def _saved_at_last(self, key: str) -> Reply:
        if key.lower() not in ("y", "n"):
            return Reply()
        answer = self._save() if key.lower() == "y" else ""
        return Reply(answer, close=True)

    def _write(self, _: list[str]) -> Reply:
        return Reply(self._save())

    def _save(self) -> str:
        """Running to startup; answers with what the switch says of it."""
        if self.switch.full:
            return "Unable to write to flash: no space left.\n"
        self.switch.save()
        return ""

    def _write_terminal(self, _: list[str]) -> Reply:
        return Reply(SHOW["show running-config"](self.device, []))

    def _reload(self, _: list[str]) -> Reply:
        return self._ask(
            "System will be rebooted from primary image. Do you want to continue [y/n]? ", self._reload_unsaved
        )

    def _reload_unsaved(self, key: str) -> Reply:
        if key.lower() != "y":
            return Reply()
        if self.device.text() == self.switch.startup:
            return self._rebooted("n")
        return self._ask("Do you want to save current configuration [y/n/^C]? ", self._rebooted)

    def _rebooted(self, key: str) -> Reply:
        if key.lower() not in ("y", "n"):
            return Reply()
        answer = self._save() if key.lower() == "y" else ""
        self.device.reload_after(None)
        # After its farewell has been sent, however fast its clock runs.
        self.switch.schedule(0.05 * self.switch.clock, self.switch.reload, "reload")
        return Reply(f"{answer}Rebooting the System\n", close=True)

    def _reload_after(self, arguments: list[str]) -> Reply:
        match = re.fullmatch(r"(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,5})", arguments[0])
        if match is None:
            raise Refused(f"Invalid input: {arguments[0]}")
        days, hours, minutes = (int(part or 0) for part in match.groups())
        total = (days * 24 + hours) * 60 + minutes
        if not total:
            raise Refused(f"Invalid input: {arguments[0]}")
        text = (
            f"Reload scheduled in {total // 1440} days, {total % 1440 // 60} hours, {total % 60} minutes\n"
            "This command will cause a switch reload at the scheduled time.\nDo you want to continue [y/n]? "
        )
        return self._ask(text, lambda key: self._scheduled(key, total * 60))

    def _scheduled(self, key: str, seconds: int) -> Reply:
        if key.lower() == "y":
            self.device.reload_after(seconds)
        return Reply()

    def _no_reload(self, _: list[str]) -> Reply:
        self.device.reload_after(None)
        return Reply()


def _closed(name: str) -> bool:
    return name.startswith(CLOSED)
