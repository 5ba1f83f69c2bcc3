"""End a change: write down how far the municipality has come, and give its lock back."""

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("plan", "reason", "preview", "stopping"))

    def run(self, tmp=None, task_vars=None):
        from nornir_tasks.actions import playbook

        result, given = super().run(tmp, task_vars), self._task.args
        if self._task.check_mode:
            return result | playbook.close_check(given["preview"])
        sources, hosts = task_vars["ansible_inventory_sources"], task_vars["ansible_play_hosts_all"]
        return result | playbook.answer(
            lambda: playbook.close(sources, given["plan"], given["reason"], hosts, bool(given.get("stopping")))
        )
