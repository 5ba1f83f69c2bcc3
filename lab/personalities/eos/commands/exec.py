"""Exec commands that change something: modes, sessions, reload, ping."""

import re

from lab.personalities.eos.configuration.tokens import complaint
from lab.personalities.eos.pipes import Failed
from lab.personalities.eos.terminal import Output, Terminal, clock_seconds, command, done


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
    candidate.terminals[terminal.number] = (terminal.user, terminal.line)
    return done()


@command("configure session <word> commit")
def commit(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Commit a session, or confirm one that waits."""
    terminal.sessions.commit(values[0], user=terminal.user)
    return done()


@command("configure session <word> commit timer <word>")
def commit_timer(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Commit a session until a confirmation is due."""
    terminal.sessions.commit(values[0], clock_seconds(values[1]), terminal.user)
    return done()


@command("configure session <word> abort", "no configure session <word>")
def abort(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Drop a session; a commit that waits is taken back."""
    terminal.sessions.abort(values[0])
    return done()


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
