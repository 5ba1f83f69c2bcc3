"""Exec commands about configuration sessions: which there are, and what they hold."""

from datetime import UTC, datetime
from typing import Any

from lab.personalities.eos.configuration.sanitized import sanitized
from lab.personalities.eos.pipes import Failed
from lab.personalities.eos.sessions import Candidate
from lab.personalities.eos.terminal import Output, Terminal, command


@command("show configuration sessions")
def sessions(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """All sessions and their states."""
    return _listed(terminal, detail=False)


@command("show configuration sessions detail")
def sessions_detail(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """All sessions, their states, and who committed them when."""
    return _listed(terminal, detail=True)


def _listed(terminal: Terminal, detail: bool) -> Output:
    """The list of sessions. What a timer counts is told from boot on, as NAPALM knows."""
    every = terminal.sessions
    data: dict[str, Any] = {
        "sessions": {candidate.name: _entry(terminal, candidate) for candidate in every},
        "maxSavedSessions": every.most_saved,
        "maxOpenSessions": every.most_open,
        "mergeOnCommit": False,
        "saveToStartupConfigOnCommit": False,
    }
    lines = [
        f"Maximum number of completed sessions: {every.most_saved}",
        f"Maximum number of pending sessions: {every.most_open}",
    ]
    waiting = every.waiting
    if every.tells_committed:
        lines += ["Merge on commit is disabled", "Autosave to startup-config on commit is disabled"]
        if waiting is not None:
            data["commitTimerSessionName"], data["commitTimerExpireTime"] = waiting.name, waiting.commit_by
            lines += ["", f"Session with pending commit timer: {waiting.name}"]
            lines.append(f"Time left until commit timer expiry: in {_clock(waiting.timer.remaining)}")
    head = ["Name", "State", "User", "Terminal"]
    if detail:
        head += [*([] if every.tells_committed else ["Commit Time Left"]), "Completed Time", "Committed By"]
    rows = [_row(terminal, candidate, detail) for candidate in every]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]

    def line(cells: list[str], mark: str = " ") -> str:
        return f"{mark} " + " ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()

    lines += ["", line(head), "- " + " ".join("-" * width for width in widths)]
    lines += [
        line(row, "*" if candidate is terminal.session else " ") for candidate, row in zip(every, rows, strict=True)
    ]
    return Output("\n".join(lines) + "\n", data)


def _entry(terminal: Terminal, candidate: Candidate) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "state": terminal.sessions.state(candidate),
        "description": "",
        "instances": {
            str(number): {"user": user, "terminal": line, "currentTerminal": number == terminal.number}
            for number, (user, line) in candidate.terminals.items()
        },
    }
    if candidate.committed:
        entry["completedTime"] = candidate.committed
    if candidate.committed_by:
        entry["commitUser"] = candidate.committed_by
    if candidate.commit_by >= 0 and not terminal.sessions.tells_committed:
        entry["commitBy"] = candidate.commit_by
    return entry


def _row(terminal: Terminal, candidate: Candidate, detail: bool) -> list[str]:
    user, line = next(iter(candidate.terminals.values()), ("", ""))
    row = [candidate.name, terminal.sessions.state(candidate), user, line]
    if detail:
        left = _clock(candidate.timer.remaining) if candidate.timer is not None else ""
        when = datetime.fromtimestamp(candidate.committed, UTC) if candidate.committed else None
        row += [*([] if terminal.sessions.tells_committed else [left]), f"{when:%Y-%m-%d %H:%M:%S}" if when else ""]
        row.append(candidate.committed_by)
    return row


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) % 3600 // 60:02d}:{int(seconds) % 60:02d}"


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


def _candidate(terminal: Terminal, values: tuple[str, ...]) -> Candidate:
    if values:
        named = next((candidate for candidate in terminal.sessions if candidate.name == values[0]), None)
        if named is None:
            raise Failed(f"Session {values[0]} does not exist")
        return named
    if terminal.session is None:
        raise Failed("Not currently in a session")
    return terminal.session
