"""Writes what each task did into a file of JSON lines, for the process that predicts a server's state from them.

ansible-runner's own events lack the result of a task that was skipped, and so do not tell a condition from a command
that check mode does not run. Only for runs that ``nornir_tasks.targets`` starts: they name the file.
"""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: fellesdrift_results
    type: aggregate
    short_description: Results of all tasks as JSON lines, for fellesdrift's own plans
    version_added: historical
    description:
      - Writes one line for each result into the file that FELLESDRIFT_RESULTS names; without it, does nothing.
      - Lets the workers of such a run end with it.
    requirements:
      - fellesdrift
"""


# Of a task that is kept from logs: where it writes, and whose that is.
PLACE = ("dest", "path", "owner", "group", "mode")


class CallbackModule(CallbackBase):
    """One line a result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fellesdrift_results"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        name = os.environ.get("FELLESDRIFT_RESULTS")
        if not name:
            self.disabled = True
            return
        from nornir_tasks.core.parent import die_with

        self._file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        command = os.getpid()
        # A worker calls setsid, and would go on writing to its server when this run has been killed.
        os.register_at_fork(after_in_child=lambda: die_with(command) if os.getppid() == command else None)

    def _write(self, status: str, result) -> None:
        task = result._task
        role = getattr(task, "_role", None)
        host, fields = result._host.get_name(), result.task_fields or {}
        handed = str(fields.get("delegate_to") or host)
        row = {
            "status": status,
            "host": host,
            "role": role.get_name() if role else "",
            "task": task.name or task.action,
            "action": task.resolved_action or task.action,
            "result": result._result,
            "place": _find_place(fields) if result._result.get("censored") else {},
            "elsewhere": "" if handed == host else "another host" if "{{" in handed else handed,
        }
        self._tell(row)
        if role and isinstance(result._result, dict) and result._result.get("changed"):
            from nornir_tasks.actions.role_changes import note_change

            note_change(row["host"], row["action"], task.args, result._result)

    def _tell(self, row) -> None:
        with open(self._file, "a", encoding="utf-8", closefd=False) as file:
            file.write(json.dumps(row, default=str) + "\n")

    def v2_playbook_on_stats(self, stats) -> None:
        """How it ended for each host: a failure that a role rescues is none."""
        bad = {host for counts in (stats.failures, stats.dark) for host, count in counts.items() if count}
        self._tell({"status": "end", "hosts": {host: host not in bad for host in stats.processed}})

    def v2_runner_on_ok(self, result) -> None:
        """It went well, whether or not it changed anything."""
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors: bool = False) -> None:
        """It failed; what a role ignores is no failure of the run."""
        self._write("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result) -> None:
        """A condition, or check mode."""
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result) -> None:
        """No way to the host."""
        self._write("unreachable", result)


def _find_place(fields) -> dict[str, str]:
    """Where a task writes; of a loop its words are not worked out here."""
    arguments = fields.get("args") or {}
    words = {key: str(arguments[key]) for key in PLACE if arguments.get(key) is not None}
    return {key: value for key, value in words.items() if "{{" not in value}
