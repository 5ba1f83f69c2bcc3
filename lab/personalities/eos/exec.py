"""Exec commands that change something: modes, sessions, reload, ping."""

import re
from typing import Any

from lab.personalities.eos.pipes import Failed
from lab.personalities.eos.terminal import Output, Terminal, clock_seconds, command, done
from lab.personalities.eos.tokens import complaint


@command("enable", privileged=False)
def enable(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Without a question: SSH asks for the password itself before this is reached."""
    if not terminal.enable(None):
        raise Failed("Bad secret")
    return done()


@command("disable", privileged=False)
def disable(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Back to ``>``."""
    terminal.enabled = False
    return done()


@command("exit", "logout", "quit", privileged=False)
def leave(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Hang up."""
    terminal.closed = True
    return done()


@command("end", privileged=False)
def end(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Harmless in exec."""
    return done()


@command("terminal length <int:0-32767>", privileged=False)
def length(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Paging."""
    terminal.page = int(values[0]) or None
    return done("Pagination disabled.\n" if values[0] == "0" else f"Pagination set to {values[0]} lines.\n")


@command("terminal width <int:10-32767>", privileged=False)
def width(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Of no consequence here."""
    return done(f"Width set to {values[0]} columns.\n")


@command(
    "terminal monitor",
    "terminal no monitor",
    "no terminal monitor",
    "clear counters",
    "cli vrf <word>",
    privileged=False,
)
def nothing(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Accepted, without an effect that can be seen here."""
    return done()


@command("configure [terminal]")
def configure(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Configuration mode on the running configuration."""
    terminal.leave()
    terminal.configuring = True
    return done()


@command("configure session")
def configure_new_session(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """A session with a name of EOS's own making."""
    return _enter(terminal, None)


@command("configure session <word>")
def configure_session(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Open a session, or come back to it."""
    return _enter(terminal, values[0])


def _enter(terminal: Terminal, name: str | None) -> Output:
    candidate = terminal.sessions.enter(name, terminal.user)
    terminal.leave()
    terminal.configuring, terminal.session = True, candidate
    return done()


@command("configure session <word> commit")
def commit(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Commit a session, or confirm one that waits."""
    terminal.sessions.commit(values[0])
    return done()


@command("configure session <word> commit timer <word>")
def commit_timer(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Commit a session until a confirmation is due."""
    terminal.sessions.commit(values[0], clock_seconds(values[1]))
    return done()


@command("configure session <word> abort", "no configure session <word>")
def abort(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Drop a session; a commit that waits is taken back."""
    terminal.sessions.abort(values[0])
    return done()


@command("show configuration sessions [detail]")
def show_sessions(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """All sessions and their states. ``commitBy`` counts from boot, as NAPALM knows."""
    sessions: dict[str, Any] = {}
    lines = [
        "Maximum number of completed sessions: 1",
        "Maximum number of pending sessions: 5",
        "",
        f"  {'Name':<20} {'State':<20} {'User':<10} Commit Time Left",
    ]
    for candidate in terminal.sessions:
        sessions[candidate.name] = {"state": candidate.state, "description": "", "instances": {}}
        left = ""
        if candidate.commit_by >= 0:
            sessions[candidate.name]["commitBy"] = candidate.commit_by
            left = f"{candidate.timer.remaining:.0f} seconds"
        lines.append(f"  {candidate.name:<20} {candidate.state:<20} {candidate.user:<10} {left}".rstrip())
    return Output("\n".join(lines) + "\n", {"maxSavedSessions": 1, "maxOpenSessions": 5, "sessions": sessions})


@command("show session-config [named <word>]")
def show_session(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """A session's whole configuration."""
    return Output(_candidate(terminal, values).config.text())


@command("show session-config [named <word>] diffs")
def show_diffs(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """What a session would change."""
    return Output(terminal.sessions.diff(_candidate(terminal, values)))


@command("show session-config [named <word>] sanitized")
def show_sanitized(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """A session's configuration without secrets."""
    return Output(sanitized(_candidate(terminal, values).config.text()))


def _candidate(terminal: Terminal, values: tuple[str, ...]) -> Any:
    if values:
        named = next((candidate for candidate in terminal.sessions if candidate.name == values[0]), None)
        if named is None:
            raise Failed(f"Session {values[0]} does not exist")
        return named
    if terminal.session is None:
        raise Failed("Not currently in a session")
    return terminal.session


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


@command("reload now", "reload force")
def reload_now(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Restart at once."""
    terminal.closed = True
    terminal.switch.reload()
    return done()


@command("reload in <word>", "reload in <word> force")
def reload_in(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Restart later, unless it is cancelled: in so many minutes, or ``hh:mm``."""
    match = re.fullmatch(r"(?:([0-9]{1,3}):([0-5]?[0-9]))|([0-9]{1,5})", values[0])
    if not match:
        raise complaint(2, ["reload", "in", values[0]])
    seconds = 60 * (int(match[3]) if match[3] else 60 * int(match[1]) + int(match[2]))
    state = terminal.eos.reload_timer
    if state is not None:
        state.cancel()
    terminal.eos.reload_timer = terminal.switch.schedule(seconds, terminal.switch.reload, "reload")
    return done(f"Reload scheduled in {seconds // 3600} hours {seconds % 3600 // 60} minutes\n")


@command("reload cancel", "no reload")
def reload_cancel(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Call a restart off."""
    if terminal.eos.reload_timer is None:
        return done("No scheduled reload.\n")
    terminal.eos.reload_timer.cancel()
    terminal.eos.reload_timer = None
    return done("Scheduled reload has been cancelled\n")
