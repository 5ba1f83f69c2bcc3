"""What the tasks of roles have changed on which hosts, in this run of a playbook.

The callbacks note it in the process that forks Ansible's workers; a worker that is forked later reads it. What differs
on a host and was changed by no task was changed by somebody else, and is not noted as a role's success.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nornir_tasks.platforms.debian.state import ACCOUNT_FILES

FILES = ("template", "copy", "file", "authorized_key")
ACCOUNTS = ("user", "group")
OTHER_ACCOUNT_FILES = ("/etc/subuid", "/etc/subgid")
# By host; None: a task did what its result does not name (a package, a command).
_touched: dict[str, set[str] | None] = {}


def note_change(host: str, action: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """Remember what a task or handler of a role has changed.

    Args:
        host: on which.
        action: the module's name, ``ansible.builtin.template``.
        arguments: of the task, as the role writes them.
        result: of the task; of a loop with its ``results``.
    """
    if not result.get("changed"):
        return
    touched = _touched.setdefault(host, set())
    names = list(_list_names(action.rpartition(".")[2], arguments, result))
    _touched[host] = None if touched is None or not all(names) else touched | set(names)


def list_touched(host: str) -> list[str] | None:
    """The paths and units that tasks have changed on a host; None: others may have changed with them."""
    touched = _touched.get(host, set())
    return None if touched is None else sorted(touched)


def _list_names(module: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[str]:
    """The names of what has changed; empty: it is not known. A task without log has only its arguments."""
    results = result.get("results")
    for row in results if isinstance(results, list) else [result]:
        if not isinstance(row, Mapping) or not row.get("changed"):
            continue
        said = {**arguments, **row}
        if module in FILES:
            name = str(said.get("dest") or said.get("path") or "")
            yield "" if "{{" in name or name.endswith("/") else name
            if module == "authorized_key":
                yield name.rpartition("/")[0]  # the folder, which it makes
        elif module in ACCOUNTS:
            yield from (*ACCOUNT_FILES, *OTHER_ACCOUNT_FILES)
            yield f"/home/{said.get('name', '')}"
        elif module == "systemd_service" and said.get("name"):
            name = str(said["name"])
            yield name if "." in name else f"{name}.service"
        else:
            yield ""
