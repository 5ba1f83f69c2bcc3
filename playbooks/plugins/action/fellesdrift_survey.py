"""Read every switch of a municipality and back it up: the survey. Writes to no switch."""

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("municipality", "reason", "take_over"))

    def run(self, tmp=None, task_vars=None):
        from nornir_tasks.actions import playbook

        given = {name: str(value) for name, value in self._task.args.items()}
        result = super().run(tmp, task_vars) | {"municipality": given["municipality"]}
        sources = task_vars["ansible_inventory_sources"]
        return result | playbook.answer(lambda: playbook.read(sources, given, self._task.check_mode))
