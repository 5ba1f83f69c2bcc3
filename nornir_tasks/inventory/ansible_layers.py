"""Ansible's layers of variables: every value that a file or plugin gives a host, the lowest first, each with its line.

Ansible itself reads and orders; this module watches it do so. A program of its own, as
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

from nornir_tasks.inventory.ansible_listing import format_json_value

WRITTEN = ("yaml", "ini", "toml")  # inventory plugins whose values stand in the file as they are
FOLDERS = {"group_vars": "group", "host_vars": "host"}
SEALED = b"$ANSIBLE_VAULT"
ENCRYPTED = {"__ansible_vault": ""}  # what stands for each value of a file that is encrypted as a whole

Layer = dict[str, Any]


class LayerWatch:
    """The layers seen so far: ``inline`` those of inventory files, by identity of group or host; ``steps`` a host's."""

    def __init__(self) -> None:
        self.source = ("", "")  # plugin and path of the inventory that is being read
        self.inline: dict[int, list[Layer]] = {}
        self.steps: list[Layer] = []

    def install(self) -> None:
        """Wrap the methods of Ansible that every variable of a host passes through."""
        base = BaseInventoryPlugin.__mro__[1]  # the base of the plugins for files and of all others
        _call_after(base, "parse", lambda _, plugin, *arguments: self._begin_inventory(plugin, arguments[2]))
        for owner_type in (Group, Host):
            _call_after(owner_type, "set_variable", lambda _, owner, key, value: self._add_inline(owner, key, value))
            _call_after(owner_type, "get_vars", lambda _, owner: self.steps.extend(self.inline.get(id(owner), ())))
        _call_after(DataLoader, "load_from_file", lambda data, _, file, *rest: self._add_file(data, Path(str(file))))

    def _begin_inventory(self, plugin: BaseInventoryPlugin, path: object) -> None:
        self.source = (str(plugin.NAME), str(path))

    def _add_inline(self, owner: Group | Host, key: str, value: object) -> None:
        plugin, path = self.source
        kind = "host" if isinstance(owner, Host) else "group"
        layer = {"key": key, "file": path, "kind": kind, "of": owner.name, "vars": "", "plugin": plugin}
        is_in_file = plugin in WRITTEN
        layer |= {
            "line": _find_line(key, path) if is_in_file else 0,
            "computed": not is_in_file,
            "value": value,
            "sealed": False,
        }
        self.inline.setdefault(id(owner), []).append(layer)

    def _add_file(self, data: object, file: Path) -> None:
        folder_places = [number for number, part in enumerate(file.parts[:-1]) if part in FOLDERS]
        if not folder_places or not isinstance(data, Mapping):
            return
        folder, path_below = file.parts[folder_places[-1]], file.parts[folder_places[-1] + 1 :]
        with file.open("rb") as stream:
            is_sealed = stream.read(len(SEALED)) == SEALED
        for key, value in data.items():
            layer = {"key": key, "file": str(file), "kind": FOLDERS[folder], "vars": folder, "computed": False}
            layer |= {"of": path_below[0] if len(path_below) > 1 else file.stem, "plugin": "", "sealed": is_sealed}
            self.steps.append(layer | {"line": 0 if is_sealed else _find_line(key, str(file)), "value": value})


class LayersCLI(InventoryCLI):
    """The command, with every layer of each variable. Shape: ``values`` (JSON texts), and ``hosts``: for each host
    ``found`` (variable to the number of its value), ``said`` (its layers, the lowest first) and ``implicit``."""

    def run(self) -> None:
        """Run Ansible's command, watched."""
        self.watch = LayerWatch()
        self.watch.install()
        super().run()

    def _get_host_variables(self, host: Host) -> dict[str, Any]:
        self.watch.steps.clear()
        variables = super()._get_host_variables(host)
        return {"name": host.name, "implicit": host.implicit, "found": variables, "said": list(self.watch.steps)}

    @staticmethod
    def dump(stuff: Mapping[str, Any]) -> str:
        """The layers as one line of JSON."""
        hosts = [stuff] if "said" in stuff else list(stuff["_meta"]["hostvars"].values())
        values: dict[str, int] = {}
        numbers_by_id: dict[int, int] = {}  # values that many hosts share are serialised once

        def number_value(value: object, is_sealed: bool) -> int:
            value = ENCRYPTED if is_sealed else _seal(value)
            if id(value) not in numbers_by_id:
                numbers_by_id[id(value)] = values.setdefault(json.dumps(value, default=format_json_value), len(values))
            return numbers_by_id[id(value)]

        host_layers = {}
        for host in hosts:
            layers = [layer for layer in host["said"] if layer["key"] in host["found"]]
            sealed_keys = {layer["key"]: layer["sealed"] for layer in layers}  # of each key, as its winner is
            host_layers[host["name"]] = {
                "said": [{**layer, "value": number_value(layer["value"], layer["sealed"])} for layer in layers],
                "found": {
                    _format_key(key): number_value(value, sealed_keys.get(key, False))
                    for key, value in host["found"].items()
                },
                "implicit": host["implicit"],
            }
            for layer in host_layers[host["name"]]["said"]:
                layer["key"] = _format_key(layer["key"])
        return json.dumps({"values": list(values), "hosts": host_layers})


def _format_key(key: object) -> str:
    """A key as JSON writes it: YAML reads `on` as true, and 20 as a number."""
    return key if isinstance(key, str) else json.dumps(key, default=format_json_value).strip('"')


def _call_after(owner: type, name: str, callback: Callable[..., object]) -> None:
    """Call ``callback`` after each call of a method (before, if it is ``parse``), with its result and its arguments."""
    original = getattr(owner, name)

    def watched(self: object, *arguments: Any, **keywords: Any) -> Any:
        # A plugin's parse calls that of others: each must be noted before it reads anything.
        if name == "parse":
            callback(None, self, *arguments)
            return original(self, *arguments, **keywords)
        result = original(self, *arguments, **keywords)
        callback(result, self, *arguments)
        return result

    setattr(owner, name, watched)


def _seal(value: object) -> object:
    """The value; a vaulted text, which Ansible may hold decrypted, is replaced by a mark."""
    return ENCRYPTED if isinstance(value, str) and VaultHelper.get_ciphertext(value, with_tags=False) else value


def _find_line(value: object, file: str) -> int:
    """Where a text was read, if it was in this file; 0 where Ansible does not say."""
    origin = Origin.get_tag(value)
    return origin.line_num or 0 if origin is not None and origin.path == file else 0


def main(arguments: Sequence[str]) -> None:
    """Print the layers; leaves with Ansible's exit code."""
    LayersCLI.cli_executor(["ansible-inventory", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
