"""What Ansible lays over what: for each host every value that anything says of it, the lowest first, with its line.

Ansible itself reads and orders; here it is only watched while it does so. A program of its own, as ``resolve`` is:
Ansible keeps its options in globals. ``python -m nornir_tasks.layers --host NAME -i …``, or ``--list`` for all hosts.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# Ansible's own record of where a text was read; it has no public name yet.
from ansible._internal._datatag._tags import Origin
from ansible.cli.inventory import InventoryCLI
from ansible.inventory.group import Group
from ansible.inventory.host import Host
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultHelper
from ansible.plugins.inventory import BaseInventoryPlugin

from nornir_tasks.resolve import plain

WRITTEN = ("yaml", "ini", "toml")  # inventory plugins whose values stand in the file as they are
FOLDERS = {"group_vars": "group", "host_vars": "host"}
SEALED = b"$ANSIBLE_VAULT"
ENCRYPTED = {"__ansible_vault": ""}  # what stands for each value of a file that is encrypted as a whole

Said = dict[str, Any]


class Watch:
    """What Ansible was seen to do. ``inline`` holds what inventories say, by group or host; ``steps`` one host's."""

    def __init__(self) -> None:
        self.source = ("", "")  # plugin and path of the inventory that is being read
        self.inline: dict[int, list[Said]] = {}
        self.steps: list[Said] = []

    def install(self) -> None:
        """Stand at the five places that every variable of a host passes."""
        base = BaseInventoryPlugin.__mro__[1]  # what plugins for files and for all else have in common
        _after(base, "parse", lambda _, plugin, *given: self._began(plugin, given[2]))
        for kind in (Group, Host):
            _after(kind, "set_variable", lambda _, owner, key, value: self._told(owner, key, value))
            _after(kind, "get_vars", lambda _, owner: self.steps.extend(self.inline.get(id(owner), ())))
        _after(DataLoader, "load_from_file", lambda data, _, file, *rest: self._loaded(data, Path(str(file))))

    def _began(self, plugin: BaseInventoryPlugin, path: object) -> None:
        self.source = (str(plugin.NAME), str(path))

    def _told(self, owner: Group | Host, key: str, value: object) -> None:
        plugin, path = self.source
        kind = "host" if isinstance(owner, Host) else "group"
        said = {"key": str(key), "file": path, "kind": kind, "of": owner.name, "vars": "", "plugin": plugin}
        written = plugin in WRITTEN
        said |= {"line": _line(key, path) if written else 0, "computed": not written, "value": value, "sealed": False}
        self.inline.setdefault(id(owner), []).append(said)

    def _loaded(self, data: object, file: Path) -> None:
        folders = [number for number, part in enumerate(file.parts[:-1]) if part in FOLDERS]
        if not folders or not isinstance(data, Mapping):
            return
        folder, below = file.parts[folders[-1]], file.parts[folders[-1] + 1 :]
        with file.open("rb") as opened:
            sealed = opened.read(len(SEALED)) == SEALED
        for key, value in data.items():
            said = {"key": str(key), "file": str(file), "kind": FOLDERS[folder], "vars": folder, "computed": False}
            said |= {"of": below[0] if len(below) > 1 else file.stem, "plugin": "", "sealed": sealed}
            self.steps.append(said | {"line": 0 if sealed else _line(key, str(file)), "value": value})


class Layers(InventoryCLI):
    """The command, telling of each variable everything that says it. Shape: ``values`` (JSON texts), ``lines`` (of
    what is inside of a value: path and line), and ``hosts``: a list of sayings for each host, the lowest first."""

    def run(self) -> None:
        """Watch, and do what Ansible does."""
        self.watch = Watch()
        self.watch.install()
        super().run()

    def _get_host_variables(self, host: Host) -> dict[str, Any]:
        self.watch.steps.clear()
        found = super()._get_host_variables(host)
        return {"name": host.name, "implicit": host.implicit, "found": found, "said": list(self.watch.steps)}

    @staticmethod
    def dump(stuff: Mapping[str, Any]) -> str:
        """The layers as one line of JSON."""
        hosts = [stuff] if "said" in stuff else list(stuff["_meta"]["hostvars"].values())
        values: dict[str, int] = {}
        lines: dict[str, int] = {}
        known: dict[int, tuple[int, int]] = {}  # values that many hosts share are put into words once

        def numbers(said: Mapping[str, Any]) -> tuple[int, int]:
            value = ENCRYPTED if said["sealed"] else _closed(said["value"])
            if id(value) not in known or said["computed"]:
                inner = [] if said["computed"] or said["sealed"] else list(_inner(value, said["file"], said["line"]))
                text, where = json.dumps(value, default=plain), json.dumps(inner)
                known[id(value)] = (values.setdefault(text, len(values)), lines.setdefault(where, len(lines)))
            return known[id(value)]

        told = {}
        for one in hosts:
            rows = []
            for said in one["said"]:
                if said["key"] in one["found"]:
                    value, inner = numbers(said)
                    rows.append({**said, "value": value, "inner": inner})
            sealed = {said["key"]: said["sealed"] for said in one["said"]}  # of each key, as its winner is
            found = {
                key: json.dumps(ENCRYPTED if sealed.get(key) else _closed(value), default=plain)
                for key, value in one["found"].items()
            }
            final = {key: values.setdefault(text, len(values)) for key, text in found.items()}
            told[one["name"]] = {"said": rows, "found": final, "implicit": one["implicit"]}
        return json.dumps({"values": list(values), "lines": [json.loads(text) for text in lines], "hosts": told})


def _after(kind: type, name: str, seen: Callable[..., object]) -> None:
    """Let ``seen`` know of each call of a method once it is over: its result, then what it was given."""
    real = getattr(kind, name)

    def watched(self: object, *given: Any, **named: Any) -> Any:
        # A plugin's parse calls others': what is read there must be known as that plugin's own, from its beginning on.
        if name == "parse":
            seen(None, self, *given)
            return real(self, *given, **named)
        result = real(self, *given, **named)
        seen(result, self, *given)
        return result

    setattr(kind, name, watched)


def _closed(value: object) -> object:
    """A text that something computed from an encrypted one, and so holds in the clear, is closed again."""
    return ENCRYPTED if isinstance(value, str) and VaultHelper.get_ciphertext(value, with_tags=False) else value


def _line(value: object, file: str) -> int:
    """Where a text was read, if it was in this file; 0 where Ansible does not say."""
    origin = Origin.get_tag(value)
    return origin.line_num or 0 if origin is not None and origin.path == file else 0


def _inner(value: object, file: str, line: int, path: tuple[str, ...] = ()) -> Iterator[tuple[list[str], int]]:
    """The lines of everything inside of a value. What bears no mark (true, false, null) stands where its list does."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            here = _line(key, file) or line
            yield [*path, str(key)], here
            yield from _inner(item, file, here, (*path, str(key)))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            here = _line(item, file) or line
            yield [*path, str(number)], here
            yield from _inner(item, file, here, (*path, str(number)))


def main(arguments: Sequence[str]) -> None:
    """Print the layers; leaves with Ansible's exit code."""
    Layers.cli_executor(["ansible-inventory", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
