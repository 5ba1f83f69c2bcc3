"""Of a server: whose it is, whether its roles' variables fit, which way in answers, and which roles have work there."""

from ansible import context
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ansible_version


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("ask", "change", "manifest", "server"))

    def run(self, tmp=None, task_vars=None):
        from nornir_tasks.actions import playbook, servers
        from nornir_tasks.core.errors import UsageError

        result, given = super().run(tmp, task_vars), self._task.args
        host, sources = task_vars["inventory_hostname"], task_vars["ansible_inventory_sources"]
        questions = {
            "others": lambda: servers.name_others(
                sources, task_vars["ansible_play_hosts_all"], task_vars["groups"].get("managed_servers", [])
            ),
            "variables": lambda: servers.prepare(
                sources, host, servers.list_names(task_vars), self._reader(task_vars), given.get("change", "")
            ),
            "way_in": lambda: self._find_way_in(task_vars, first_day=True),
            "way_to": lambda: self._find_way_to(task_vars["hostvars"], given.get("server", "")),
            "account": lambda: self._find_way_in(task_vars, first_day=False),
            "due": lambda: self._ask_due(task_vars),
            "keep": lambda: self._keep(task_vars),
        }

        def refuse():
            raise UsageError(f"ask: found {given.get('ask')!r}, expected one of {', '.join(questions)}")

        return result | playbook.answer(questions.get(given.get("ask"), refuse))

    def _reader(self, task_vars):
        from nornir_tasks.server_roles.arguments import Unresolved

        def read(name):
            try:
                return _make_plain(self._templar.template(task_vars[name]))
            except AnsibleError as error:
                return Unresolved(f"what cannot be worked out ({' '.join(str(error).split())})")

        return read

    def _find_way_in(self, task_vars, *, first_day):
        from nornir_tasks.actions import servers

        host, sources = task_vars["inventory_hostname"], task_vars["ansible_inventory_sources"]
        account = self._text(task_vars, "baseline__automation_account")
        return servers.find_way_in(sources, host, self._way(task_vars), account, first_day=first_day)

    def _find_way_to(self, hostvars, server):
        from nornir_tasks.actions import servers
        from nornir_tasks.core.errors import UsageError

        if server not in hostvars:
            raise UsageError(f"server: found {server!r}, expected a host of the inventory")
        return servers.find_way_to(hostvars[server]["ansible_inventory_sources"], server, self._way(hostvars[server]))

    def _ask_due(self, task_vars):
        from nornir_tasks.actions import manifests

        # Who steps over tasks has not run a role as a whole: nothing is noted then.
        is_whole = not (context.CLIARGS.get("step") or context.CLIARGS.get("start_at_task"))
        return manifests.ask_due(
            self._describe_run(task_vars),
            self._execute,
            wanted=str(self._task.args.get("manifest", "")),
            forgets=not self._task.check_mode,
            keeps=is_whole and not self._task.check_mode,
        )

    def _keep(self, task_vars):
        from nornir_tasks.actions import manifests, servers

        begun = {} if self._task.check_mode else task_vars.get(servers.BEGUN, {})
        return manifests.keep(self._describe_run(task_vars), self._execute, begun)

    def _describe_run(self, task_vars):
        from nornir_tasks.actions.manifests import HostRun
        from nornir_tasks.actions.servers import list_names

        return HostRun(
            host=task_vars["inventory_hostname"],
            groups=task_vars["group_names"],
            names=list_names(task_vars),
            read=self._reader(task_vars),
            tags=task_vars["ansible_run_tags"],
            skipped_tags=task_vars["ansible_skip_tags"],
            ansible=ansible_version,
        )

    def _execute(self, command, text):
        from nornir_tasks.actions.servers import NO_CONNECTION

        try:
            done = self._low_level_execute_command(command, in_data=text)
        except AnsibleConnectionFailure as error:
            return NO_CONNECTION, "", str(error)
        return done["rc"], done["stdout"], done["stderr"]

    def _text(self, task_vars, name):
        return str(self._templar.template(task_vars.get(name, "")))

    def _way(self, task_vars):
        from nornir_tasks.actions.servers import Way

        names = ("ansible_ssh_common_args", "ansible_ssh_extra_args")
        return Way(
            host=self._text(task_vars, "ansible_host") if "ansible_host" in task_vars else "",
            port=self._text(task_vars, "ansible_port"),
            first_user=self._text(task_vars, "ansible_user"),
            key=self._text(task_vars, "ansible_ssh_private_key_file"),
            arguments=" ".join(self._text(task_vars, name) for name in names),
            program=self._text(task_vars, "ansible_ssh_executable") or "ssh",
        )


def _make_plain(value):
    """A copy without what Ansible works out only when it is looked at."""
    if isinstance(value, dict):
        return {key: _make_plain(item) for key, item in value.items()}
    return [_make_plain(item) for item in value] if isinstance(value, list | tuple) else value
