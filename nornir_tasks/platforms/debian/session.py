"""A server over OpenSSH: its state is read, its way back is armed, and its own guard program does both.

Every command is a login of its own: nothing is multiplexed, so an answer proves that somebody can still log in. The
guard program comes with each reading, and so nothing has to be installed to read; it is put onto the server before
something is armed there.
"""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir_tasks.core.bounds import AnswerTooLong, read_file, run_program
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate
from nornir_tasks.core.logging import Transcript
from nornir_tasks.core.text import escape_invisible
from nornir_tasks.platforms.debian.managed import Managed
from nornir_tasks.platforms.debian.secrets import mask_state
from nornir_tasks.platforms.debian.state import ServerState, read_state

if TYPE_CHECKING:
    from nornir_tasks.trust.host_keys import KnownHosts  # paramiko takes a tenth of a second to import

PROGRAM = Path(__file__).parent / "guard" / "fellesdrift-guard"
INSTALLED = "/usr/local/sbin/fellesdrift-guard"
ANSWER_BYTES, ANSWER_SECONDS = 32 * 1024 * 1024, 180.0
NO_WAY_IN = 255  # ssh(1): an error of ssh itself
REFUSED = 3  # of the guard program: nothing was done
# Runs the program that comes on standard input, with what follows it there as its own input.
LOADER = (
    "import sys; s = sys.stdin.buffer; p = s.read(int(s.readline())); "
    f"exec(compile(p, {INSTALLED!r}, 'exec'), {{'__name__': '__main__', '__file__': {INSTALLED!r}}})"
)
LIMITS = {"file": 256 * 1024, "total": 8 * 1024 * 1024, "count": 5000}
NO_SUCH_LOGIN = "Permission denied"  # the server answers, and does not know this account or key
CHANGED_KEY = ("REMOTE HOST IDENTIFICATION HAS CHANGED", "Host key verification failed")


class GuardRefused(PlatformError):
    """The guard program refused: nothing was changed. ``code``: its word for programs."""

    def __init__(self, name: str, code: str, words: str) -> None:
        super().__init__(f"{name}: its guard refused: {words}")
        self.code = code


@dataclass(frozen=True)
class SshWay:
    """How a server is reached, as the inventory has it.

    Attributes:
        host: its address.
        port: of SSH there.
        user: who logs in.
        key: the file of a private key; None: what the agent or OpenSSH's own defaults have.
        options: further words for ssh(1).
    """

    host: str
    port: int
    user: str
    key: str | None = None
    options: tuple[str, ...] = ()

    def make_command(self, known_hosts: Path, seconds: int) -> list[str]:
        """The command up to the one that is run there. Of an option that is given twice, ssh takes the first."""
        strict = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={known_hosts}", "GlobalKnownHostsFile=/dev/null"]
        single = ["ControlMaster=no", "ControlPath=none", "BatchMode=yes", "ForwardAgent=no", "UpdateHostKeys=no"]
        waits = [f"ConnectTimeout={seconds}", "ServerAliveInterval=5", "ServerAliveCountMax=3"]
        options = [word for option in (*strict, *single, *waits) for word in ("-o", option)]
        key = ["-i", self.key, "-o", "IdentitiesOnly=yes"] if self.key else []
        login = ["-p", str(self.port), "-l", self.user]
        return ["ssh", "-F", "/dev/null", *options, *key, *login, *self.options, "--", self.host]


@dataclass(frozen=True)
class Armed:
    """What waits on a server for its confirmation: its name, and the seconds until it goes back."""

    id: str
    seconds: float


class ServerSession:
    """Logins to one server.

    Args:
        name: the server's.
        ways: how it is reached, in the order in which they are tried: a change may take one account away and bring
            another. The caller has checked the addresses against the management networks.
        known_hosts: the keys to expect.
        transcript: where it is logged.
        seconds: for a connection to stand.
    """

    def __init__(
        self,
        name: str,
        ways: Sequence[SshWay],
        known_hosts: "KnownHosts",
        transcript: Transcript | None = None,
        seconds: int = 15,
    ) -> None:
        self.name = name
        self._ways = list(ways)
        self._known_hosts = known_hosts
        self._transcript = transcript or Transcript(name, mask_state)
        self._seconds = seconds

    def read(self, managed: Managed) -> ServerState:
        """What the server is, as far as roles may touch it."""
        asked = {"paths": managed.paths, "packages": managed.packages, "units": managed.units, "limits": LIMITS}
        answer = self._carry("read", asked)
        if missed := [row for row in answer.get("left_out", ()) if "paths" in str(row.get("reason"))]:
            raise PlatformError(
                f"{self.name}: expected at most {LIMITS['count']} paths below those that roles manage, found more: "
                f"{escape_invisible(str(missed[0].get('path')))}"
            )
        return read_state(answer)

    def find_armed(self) -> Armed | None:
        """What waits for a confirmation, or is going back just now."""
        armed = self._carry("read", {}).get("armed")
        return Armed(str(armed["id"]), float(armed["seconds"])) if armed else None

    def list_kept(self) -> list[tuple[str, str]]:
        """The snapshots that the server keeps, the newest first: name, and how the change ended."""
        rows = self._carry("status", {}).get("kept", ())
        return [(str(row["id"]), str(row.get("outcome", ""))) for row in rows]

    def arm(self, name: str, seconds: float, managed: Managed, restarts: Mapping[str, Sequence[str]]) -> None:
        """Put the guard onto the server as it is here, take the snapshot, and set the timer.

        Args:
            name: of this change; every change has its own.
            seconds: until the server goes back.
            managed: what is kept.
            restarts: unit to the paths that it reads: where one of them is put back, it is restarted.
        """
        self._install()
        self._ask(
            "arm",
            {
                "id": name,
                "seconds": seconds,
                "paths": managed.paths,
                "units": managed.units,
                "packages": managed.packages,
                "restart": {unit: list(paths) for unit, paths in restarts.items()},
                "remove_packages": True,
            },
        )

    def extend(self, name: str, seconds: float) -> None:
        """Go back only so many seconds from now; a window that is longer stays as it is."""
        try:
            self._ask("extend", {"id": name, "seconds": seconds})
        except GuardRefused as error:
            if error.code != "earlier":
                raise

    def confirm(self, name: str) -> None:
        """The change stays."""
        self._ask("confirm", {"id": name})

    def revert(self, name: str) -> None:
        """Go back now."""
        self._ask("revert", {"id": name})

    def restore(self, name: str) -> None:
        """Undo a change that was confirmed, from its snapshot."""
        self._ask("restore", {"id": name})

    def run(self, words: Sequence[str], text: str = "", seconds: float = ANSWER_SECONDS) -> tuple[int, str, str]:
        """Run a command on the server, as root.

        Args:
            words: the command.
            text: its standard input.
            seconds: until it must have ended.

        Returns:
            Its exit code, what it wrote to standard output, and to standard error.

        Raises:
            HostKeyUnknown, HostKeyChanged: no login was tried.
            PlatformError: no answer, or the login is refused.
        """
        for way in list(self._ways):
            code, output, errors = self._run_as(way, words, text, seconds)
            if code != NO_WAY_IN:
                self._ways.sort(key=lambda other: other is not way)  # the next command is asked for in the same way
                return code, output, errors
            if NO_SUCH_LOGIN not in errors:
                break
        raise self._make_no_way_in(way, errors)

    def _run_as(self, way: SshWay, words: Sequence[str], text: str, seconds: float) -> tuple[int, str, str]:
        # Imported here: see above.
        from nornir_tasks.trust.host_keys import HostKeyUnknown

        if not self._known_hosts.find_keys(way.host, way.port):
            raise HostKeyUnknown(
                f"{way.host}:{way.port}: Expected its host key in {self._known_hosts.file}, actual none. Nothing was "
                f"sent to it. Compare its key and trust it: scripts/trust.py {self.name}"
            )
        root = [] if way.user == "root" else ["sudo", "-n", "--"]
        self._transcript.note(f"{way.user} runs {' '.join(words[:2])[:80]}")
        try:
            done = run_program(
                [*way.make_command(self._known_hosts.file, self._seconds), shlex.join([*root, *words])],
                text=text,
                env=make_child_environment(),
                limit=ANSWER_BYTES,
                seconds=seconds,
            )
        except AnswerTooLong as error:
            reason = translate("{error}, expected an answer", error=error.strerror)
            raise PlatformError(f"{self.name}: {reason}") from None
        except OSError as error:
            reason = translate("expected the program ssh, found: {error}", error=error.strerror)
            raise PlatformError(f"{self.name}: {reason}") from None
        output, errors = (part.decode(errors="replace") for part in (done.stdout, done.stderr))
        return done.returncode, output, errors

    def _make_no_way_in(self, way: SshWay, errors: str) -> PlatformError:
        words = " | ".join(escape_invisible(line.strip()) for line in errors.splitlines() if line.strip())[-400:]
        if any(sign in errors for sign in CHANGED_KEY):
            return self._known_hosts.make_changed_error(
                f"{way.host}:{way.port}", "the key that is known", f"another ({words[-200:]})"
            )
        # Imported here: see above.
        from nornir_tasks.platforms.common.login_fault import LoginError, find_ssh_fault

        reason = translate("expected a login over SSH, actual: {words}", words=words or translate("no answer"))
        return LoginError(f"{self.name}: {reason}", find_ssh_fault(errors))

    def _carry(self, command: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of the guard program that is sent along: it only reads."""
        program = read_file(PROGRAM).decode()
        length = len(program.encode())
        text = f"{length}\n{program}{json.dumps(asked)}"
        return self._parse(command, *self.run(["python3", "-ISB", "-c", LOADER, command], text))

    def _ask(self, command: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of the guard program on the server."""
        return self._parse(command, *self.run([INSTALLED, command], json.dumps(asked)))

    def _parse(self, command: str, code: int, output: str, errors: str) -> dict[str, Any]:
        try:
            answer = json.loads(output)
            if not isinstance(answer, dict):
                raise ValueError(type(answer).__name__)
        except (ValueError, RecursionError):
            words = " | ".join(escape_invisible(line.strip()) for line in (errors or output).splitlines())[-400:]
            raise PlatformError(
                f"{self.name}: expected an answer of fellesdrift-guard {command}, actual (it ended with {code}): "
                f"{words or 'nothing'}"
            ) from None
        if code == 0 and "error" not in answer:
            return answer
        words = escape_invisible(" ".join(str(answer.get("error") or "no reason given").split()))[:1000]
        if code == REFUSED:
            raise GuardRefused(self.name, str(answer.get("code") or ""), words)
        raise PlatformError(f"{self.name}: fellesdrift-guard {command}: {words}")

    def _install(self) -> None:
        """Have the guard program on the server as it is here."""
        program = read_file(PROGRAM)
        digest = hashlib.sha256(program).hexdigest()
        code, output, _ = self.run(["sha256sum", "--", INSTALLED])
        if code == 0 and output.split(" ")[0] == digest:
            return
        fresh = f"{INSTALLED}.new"
        write = f"umask 077 && cat > {fresh} && chmod 0755 {fresh} && sync {fresh} && mv -f {fresh} {INSTALLED}"
        code, _, errors = self.run(["sh", "-c", write], program.decode())
        if code:
            words = " | ".join(escape_invisible(line.strip()) for line in errors.splitlines())[-400:]
            raise PlatformError(f"{self.name}: its guard program cannot be written to {INSTALLED}: {words}")
