"""What Ansible lays over what: for each host every value that anything says of it, the lowest first, with its line.

Ansible itself reads and orders; here it is only watched while it does so. A program of its own, as
``ansible_listing`` is: Ansible keeps its options in globals. ``python -m nornir_tasks.inventory.ansible_layers
--host NAME -i …``, or ``--list`` for all hosts.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
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

from nornir_tasks.inventory.ansible_listing import plain

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
        said = {"key": key, "file": path, "kind": kind, "of": owner.name, "vars": "", "plugin": plugin}
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
            said = {"key": key, "file": str(file), "kind": FOLDERS[folder], "vars": folder, "computed": False}
            said |= {"of": below[0] if len(below) > 1 else file.stem, "plugin": "", "sealed": sealed}
            self.steps.append(said | {"line": 0 if sealed else _line(key, str(file)), "value": value})


class LayersCLI(InventoryCLI):
    """The command, telling of each variable everything that says it. Shape: ``values`` (JSON texts), and
    ``hosts``: for each host what was found, and ``said``: who says what, the lowest first."""

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
        known: dict[int, int] = {}  # values that many hosts share are put into words once

        def number(value: object, sealed: bool) -> int:
            value = ENCRYPTED if sealed else _closed(value)
            if id(value) not in known:
                known[id(value)] = values.setdefault(json.dumps(value, default=plain), len(values))
            return known[id(value)]

        told = {}
        for one in hosts:
            said = [row for row in one["said"] if row["key"] in one["found"]]
            sealed = {row["key"]: row["sealed"] for row in said}  # of each key, as its winner is
            told[one["name"]] = {
                "said": [{**row, "value": number(row["value"], row["sealed"])} for row in said],
                "found": {_word(key): number(value, sealed.get(key, False)) for key, value in one["found"].items()},
                "implicit": one["implicit"],
            }
            for row in told[one["name"]]["said"]:
                row["key"] = _word(row["key"])
        return json.dumps({"values": list(values), "hosts": told})


def _word(key: object) -> str:
    """A key as JSON writes it: YAML reads `on` as true, and 20 as a number."""
    return key if isinstance(key, str) else json.dumps(key, default=plain).strip('"')


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


def main(arguments: Sequence[str]) -> None:
    """Print the layers; leaves with Ansible's exit code."""
    LayersCLI.cli_executor(["ansible-inventory", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
