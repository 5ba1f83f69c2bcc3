"""Change one switch as planned: write with its own way back armed, probe, confirm. In check mode: only say it."""

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("plan", "reason", "preview"))

    def run(self, tmp=None, task_vars=None):
        from nornir_tasks.actions import playbook

        result, given = super().run(tmp, task_vars), self._task.args
        host, sources = task_vars["inventory_hostname"], task_vars["ansible_inventory_sources"]
        if self._task.check_mode:
            return result | playbook.preview(given["preview"][host])
        return result | playbook.answer(lambda: playbook.apply(sources, given["plan"], given["reason"], host))
