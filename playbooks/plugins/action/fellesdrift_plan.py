"""Read the switches, ask every gate of a change, and save its plan; later plays take the switches in its order."""

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(
        (
            "change",
            "municipality",
            "approved_by",
            "reason",
            "ticket",
            "serial",
            "plan",
            "stage",
            "leave_out",
            "take_over",
            "emergency",
        )
    )

    def run(self, tmp=None, task_vars=None):
        from nornir_tasks.actions import playbook

        given = {name: str(value) for name, value in self._task.args.items()}
        result = super().run(tmp, task_vars) | {"municipality": given["municipality"]}
        sources, hosts = task_vars["ansible_inventory_sources"], task_vars["ansible_play_hosts_all"]
        return result | playbook.answer(
            lambda: playbook.plan(sources, given.pop("change"), given, hosts, self._task.check_mode)
        )
