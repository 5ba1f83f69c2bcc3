"""``ansible-inventory --list``, printed so that a program can read it fast: what many hosts share is printed once.

Ansible resolves; only the printing is ours. Its own form repeats the whole standard for every host (7 MB for this
region, two seconds of indenting). Run as a program of its own, because Ansible keeps its options in globals.
"""

import gc
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.cli.inventory import InventoryCLI
from ansible.parsing.vault import EncryptedString, VaultHelper


class ListingCLI(InventoryCLI):
    """The command, with another way to print. Shape: as ``--list``, but ``_meta`` holds ``values`` (JSON texts) and
    ``hosts`` (host to variable to the number of its value)."""

    @staticmethod
    def dump(stuff: Mapping[str, Any]) -> str:
        """The listing as one line of JSON."""
        numbers: dict[str, int] = {}
        hosts = {
            host: {
                key: numbers.setdefault(json.dumps(value, default=format_json_value), len(numbers))
                for key, value in host_variables.items()
            }
            for host, host_variables in stuff["_meta"]["hostvars"].items()
        }
        return json.dumps({**stuff, "_meta": {"values": list(numbers), "hosts": hosts}})


def format_json_value(value: object) -> object:
    """A value that JSON lacks, as text; a vaulted one stays encrypted, in the form in which Ansible prints it."""
    if isinstance(value, EncryptedString):
        return {"__ansible_vault": VaultHelper.get_ciphertext(value, with_tags=False)}
    return str(value)


def main(arguments: Sequence[str]) -> None:
    """Print the listing of the inventories that are named as for ``ansible-inventory``; leaves with its exit code."""
    gc.disable()  # all objects live until they are printed; the cyclic GC takes a fifth of the time
    ListingCLI.cli_executor(["ansible-inventory", "--list", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
