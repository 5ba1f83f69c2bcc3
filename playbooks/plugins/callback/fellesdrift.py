"""What a playbook prints: Ansible's usual shape, with one readable line for each of the project's own results.

It also loads what is heavy once, before Ansible forks a worker for every host and task: importing the drivers and
reading the region in each of them would cost about a second of processor time a host.
"""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ansible import constants as C
from ansible import context
from ansible.executor.task_queue_manager import TaskQueueManager
from ansible.plugins.callback.default import CallbackModule as Default

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nornir_tasks.actions.recap import Recap

DOCUMENTATION = """
    name: fellesdrift
    type: stdout
    short_description: Ansible's default output, with one readable line for each result of fellesdrift
    version_added: historical
    description:
      - The default output, in which results of the fellesdrift action plugins are one line and their details.
      - Loads drivers and region once, before the workers are forked.
    extends_documentation_fragment:
      - default_callback
      - result_format_callback
"""

OURS = "fellesdrift_"
ENDING = {"fellesdrift_apply", "fellesdrift_close"}


def tell_at_once(text: str) -> None:
    """Tell people within a signal handler, where Ansible's display may be in the middle of a line."""
    os.write(2, f"\n{text}\n".encode())


def _list_actions(blocks) -> Iterator[str]:
    """The actions of blocks, of those within them, too: a role's tasks may stand in one."""
    for block in blocks:
        for task in block.block:
            if hasattr(task, "block"):
                yield from _list_actions([task])
            else:
                yield task.action


def play_sources() -> list[str]:
    """The inventories of this run, as the tasks will see them in ``ansible_inventory_sources``."""
    return [str(source) for source in context.CLIARGS.get("inventory") or C.DEFAULT_HOST_LIST]


class CallbackModule(Default):
    """The default callback, made brief."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "fellesdrift"

    def __init__(self) -> None:
        from nornir_tasks.core.exit_codes import WRONG

        super().__init__()
        self._loaded = False
        self._recap: Recap | None = None
        self._heeds_signals = False
        self._signals = ExitStack()  # while plays of ours run, their handlers are there instead of Ansible's
        # A number means after a playbook what it means after a door: Ansible's own 2, a host failed, is a slip there.
        TaskQueueManager.RUN_FAILED_HOSTS = TaskQueueManager.RUN_UNREACHABLE_HOSTS = WRONG

    def v2_playbook_on_play_start(self, play) -> None:
        """Load the drivers before the first play that needs them, and take signals as every door of ours does.

        Ansible's own answer to Ctrl-C is to end and leave its workers to themselves; to SIGHUP it has none.
        """
        actions = set(_list_actions(play.compile()))
        self._stop_before(actions)
        if not any(action.startswith(OURS) for action in actions):
            self._signals.close()
            self._heeds_signals = False
            super().v2_playbook_on_play_start(play)
            return
        self._heed_signals()
        super().v2_playbook_on_play_start(play)
        if not self._loaded:
            self._loaded = True
            self._preload()
            atexit.register(self._leave, os.getpid())

    def _heed_signals(self) -> None:
        """From here on a signal is a request that every worker heeds; Ansible's own loop goes on and tells how."""
        from nornir_tasks.core import interrupt

        if not self._heeds_signals:
            interrupt.share_with_workers()
            self._signals.enter_context(interrupt.handle_signals(tell_at_once))
            self._heeds_signals = True

    def _stop_before(self, actions: set[str]) -> None:
        """After Ctrl-C no play begins but those that bring the change to its end."""
        from nornir_tasks.core import exit_codes, interrupt

        if interrupt.is_stop_requested() and not actions & ENDING:
            if actions and self._recap is not None:  # before a play: nobody else would tell how far it has come
                self._show_recap(None)
            raise SystemExit(exit_codes.INTERRUPTED)

    def _preload(self) -> None:
        """An inventory that cannot be read is told by the first task, in its own words."""
        from nornir_tasks.actions import playbook

        playbook.answer(lambda: playbook.preload(play_sources()))

    def _leave(self, pid: int) -> None:
        """End what a playbook that was cut short has begun, and give its locks back; a forked worker holds nothing."""
        from nornir_tasks.actions import playbook

        if os.getpid() == pid:
            told = playbook.answer(lambda: playbook.leave(play_sources()))
            for line in [] if told.get("failed") else told["fellesdrift"]:
                self._display.display(line)

    def v2_runner_on_ok(self, result) -> None:
        """One line for ours; everything else as Ansible prints it."""
        words, changed = result._result.get("fellesdrift"), bool(result._result.get("changed"))
        self._count(result, "ok", changed)
        if words is None:
            super().v2_runner_on_ok(result)
            return
        self._say(result, "changed" if changed else "ok", C.COLOR_CHANGED if changed else C.COLOR_OK, words)

    def v2_runner_on_failed(self, result, ignore_errors: bool = False) -> None:
        """The device's words and ours, and no stack of calls."""
        words = result._result.get("fellesdrift")
        self._count(result, "ok" if ignore_errors else "failed", False)
        if words is None:
            super().v2_runner_on_failed(result, ignore_errors)
            return
        TaskQueueManager.RUN_FAILED_HOSTS = result._result.get("exit_code", TaskQueueManager.RUN_FAILED_HOSTS)
        self._say(result, "failed", C.COLOR_ERROR, words)

    def v2_runner_on_unreachable(self, result) -> None:
        """As Ansible prints it."""
        self._count(result, "unreachable", False)
        super().v2_runner_on_unreachable(result)

    def v2_runner_on_skipped(self, result) -> None:
        """As Ansible prints it."""
        self._count(result, "skipped", False)
        super().v2_runner_on_skipped(result)

    def _count(self, result, ended: str, changed: bool) -> None:
        """Book a result on the host that it is about; what is asked once is about the municipality."""
        from nornir_tasks.actions.recap import Recap

        told, task, host = result._result, result._task, result._host.get_name()
        if self._recap is None:
            self._recap = Recap()
        if "municipality" in told:
            facts = told.get("ansible_facts", {})
            names = (facts.get("fellesdrift_order", ()), facts.get("fellesdrift_left_out", ()))
            self._recap.begin(told["municipality"], *names)
        if task.action == f"{OURS}close" and not task.run_once:  # in the rescue of a switch that has failed
            if ended == "failed":
                self._recap.stop()
            return
        is_asked_once = task.run_once and task.action.startswith(OURS)
        if is_asked_once and not self._recap.municipality and ended == "ok":
            return  # about no host, and no municipality was named
        if changed and task._role is not None:
            from nornir_tasks.actions.role_changes import note_change

            note_change(host, task.resolved_action or task.action, task.args, told)
        self._recap.count("" if is_asked_once and self._recap.municipality else host, ended, changed=changed)
        if "outcome" in told:
            self._recap.end(host, told["outcome"])

    def v2_playbook_on_stats(self, stats) -> None:
        """The recap, and then the end for whoever was stopped, with a door's exit code for that."""
        self._show_recap(stats)
        self._stop_before(set())

    def _show_recap(self, stats) -> None:
        """Every switch of the plan on its own line; other playbooks have Ansible's own recap."""
        if self._recap is None or not self._loaded:
            super().v2_playbook_on_stats(stats)
            return
        self._display.banner("PLAY RECAP")
        for row in self._recap.list_rows():
            bad, left = row.failed or row.unreachable, row.skipped and not row.ok
            good = C.COLOR_CHANGED if row.changed else C.COLOR_OK
            self._display.display(str(row), color=C.COLOR_ERROR if bad else C.COLOR_SKIP if left else good)

    def _say(self, result, verdict: str, colour: str, words) -> None:
        if self._last_task_banner != result._task._uuid:
            self._print_task_banner(result._task)
        host = "" if result._task.run_once else f" [{result._host.get_name()}]"
        first, *rest = [str(line) for line in words] or [""]
        self._display.display(f"{verdict}:{host} {first}", color=colour)
        for line in rest:
            self._display.display(f"  {line}")
