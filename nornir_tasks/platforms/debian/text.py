"""A server's state as text that people read and diffs are made of, and back. Pure.

    file /etc/chrony/chrony.conf
     owner root:root 0644
     |server 10.17.200.21 iburst
    package chrony 4.6.1-3
    unit chrony.service enabled active
    account drift
     group drift

A line of a file stands behind ``|``, so that nothing in it can be taken for one of ours.
"""

from collections.abc import Iterator, Mapping, Sequence

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.platforms.debian.state import ANY, Account, FileKind, FileState, ServerState, UnitState

CONTENT = " |"  # begins a line of a file
NO_LINE_FEED = " no line feed at the end"
EMPTY = " empty"
KINDS: Mapping[str, FileKind] = {"file": "file", "folder": "directory", "link": "link", "special": "other"}
WORDS = {kind: word for word, kind in KINDS.items()}
ACCOUNT_FIELDS = ("uid", "group", "groups", "home", "shell", "password", "expires")


def write_state(state: ServerState) -> str:
    """The text of a state."""
    lines: list[str] = []
    for path, file in state.files.items():
        lines += [f"{WORDS[file.kind]} {_write_name(path)}", f" owner {file.owner} {file.mode}"]
        if file.kind == "link":
            lines.append(f" to {_write_name(file.target)}")
        elif file.text is not None:
            lines += _write_content(file.text)
        elif file.digest:
            lines.append(f" content {file.digest}")
    lines += [f"package {_write_name(name)} {version}" for name, version in state.packages.items()]
    lines += [f"unit {_write_name(name)} {unit.enabled} {unit.active}" for name, unit in state.units.items()]
    for name, account in state.accounts.items():
        lines.append(f"account {_write_name(name)}")
        lines += [f" {field} {value}" for field in ACCOUNT_FIELDS if (value := _write_name(getattr(account, field)))]
    lines += [f"group {_write_name(name)} {number}" for name, number in state.groups.items()]
    lines += [f"restart {words}" for words in state.restarts]
    lines += [f"unknown {words}" for words in state.unknown]
    return "".join(f"{line}\n" for line in lines)


def parse_state(text: str) -> ServerState:
    """The state that a text is of, masked or not.

    Raises:
        PlatformError: it is no such text.
    """
    files: dict[str, FileState] = {}
    packages: dict[str, str] = {}
    units: dict[str, UnitState] = {}
    accounts: dict[str, Account] = {}
    groups: dict[str, str] = {}
    restarts: list[str] = []
    unknown: list[str] = []
    for head, below in list_blocks(text):
        kind, _, rest = head.partition(" ")
        name, *values = rest.split(" ")
        name = _read_name(name)
        try:
            if kind in KINDS:
                files[name] = _parse_file(KINDS[kind], below)
            elif kind == "package":
                packages[name] = " ".join(values)
            elif kind == "unit":
                units[name] = UnitState(*_split_values(values, 2))
            elif kind == "account":
                fields = dict(line[1:].partition(" ")[::2] for line in below)
                accounts[name] = Account(**{field: _read_name(value) for field, value in fields.items()})
            elif kind == "group":
                groups[name] = " ".join(values)
            elif kind == "restart":
                restarts.append(rest)
            elif kind == "unknown":
                unknown.append(rest)
            else:
                raise ValueError(kind)
        except (ValueError, TypeError) as error:
            raise PlatformError(f"expected a server's state, found the line {head!r} ({error})") from None
    return ServerState(files, packages, units, accounts, groups, tuple(restarts), tuple(unknown))


def list_blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each line at the top, with the lines below it (indented by a blank)."""
    head, below = "", list[str]()
    for line in split_at_line_feeds(text):
        if line.startswith(" "):
            below.append(line)
            continue
        if head:
            yield head, below
        head, below = line, []
    if head:
        yield head, below


def _split_values(values: Sequence[str], count: int) -> list[str]:
    """So many values, of which each may be ``ANY``, which has blanks in it."""
    marked = " ".join(values).replace(ANY, "\0").split(" ")
    if len(marked) != count:
        raise ValueError(f"{len(marked)} values, expected {count}")
    return [value.replace("\0", ANY) for value in marked]


def _write_content(text: str) -> Iterator[str]:
    if not text:
        yield EMPTY
        return
    yield from (f"{CONTENT}{line}" for line in split_at_line_feeds(text))
    if not text.endswith("\n"):
        yield NO_LINE_FEED


def _parse_file(kind: FileKind, below: Sequence[str]) -> FileState:
    owner, mode, target, digest = ANY, ANY, "", ""
    lines: list[str] = []
    ends, has_text = True, False
    for line in below:
        if line.startswith(CONTENT):
            lines.append(line[len(CONTENT) :])
            has_text = True
        elif line.startswith(" owner "):
            owner, mode = _split_values(line[len(" owner ") :].split(" "), 2)
        elif line.startswith(" to "):
            target = _read_name(line[len(" to ") :])
        elif line.startswith(" content "):
            digest = line[len(" content ") :]
        elif line == NO_LINE_FEED:
            ends = False
        elif line == EMPTY:
            has_text = True
        else:
            raise ValueError(line)
    text = "\n".join(lines) + ("\n" if lines and ends else "") if has_text else None
    return FileState(kind, owner, mode, text, digest, target)


def _write_name(name: str) -> str:
    """A name without what would end it: blanks, controls and the backslash as Python writes them."""
    if name == ANY or (name.isprintable() and " " not in name and "\\" not in name):
        return name
    return "".join(
        letter if letter.isprintable() and letter not in " \\" else f"\\u{ord(letter):06x}" for letter in name
    )


def _read_name(name: str) -> str:
    if "\\" not in name:
        return name
    first, *parts = name.split("\\u")
    return first + "".join(chr(int(part[:6], 16)) + part[6:] for part in parts)
