"""Read every switch of a municipality and back it up: the survey. Writes to no switch."""

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("municipality", "reason"))

    def run(self, tmp=None, task_vars=None):
        from nornir_tasks import playbook

        result, given = super().run(tmp, task_vars), self._task.args
        sources = task_vars["ansible_inventory_sources"]
        work = lambda: playbook.read(sources, given["municipality"], given["reason"], self._task.check_mode)  # noqa: E731
        return result | playbook.answer(work)
