"""What roles would make of a server, from what their tasks say in check mode. Pure.

    state = predict(before, results, managed)

Each result edits the state: a template its file, apt its packages, user its account. What check mode cannot know
(commands, what is kept from logs, modules that nobody here has written a rule for) goes into ``state.unknown``, and a
value that is left open is ``ANY``. Nothing that says that it changes something is left out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nornir_tasks.platforms.debian.managed import ACCOUNT, Managed, is_below
from nornir_tasks.platforms.debian.state import ANY, Account, FileState, ServerState, UnitState, describe_content
from nornir_tasks.platforms.debian.state import format_mode as write_mode
from nornir_tasks.platforms.debian.task_result import TaskResult, split_loop

# What Ansible itself does, or what only asks.
HARMLESS = frozenset({
    "add_host", "assert", "debug", "fail", "fellesdrift_server", "gather_facts", "getent", "group_by", "import_role",
    "import_tasks", "include_role", "include_tasks", "include_vars", "meta", "package_facts", "pause", "ping",
    "service_facts", "set_fact", "set_stats", "setup", "slurp", "stat", "validate_argument_spec", "wait_for",
    "wait_for_connection",
})  # fmt: skip
INSTALL = re.compile(r"^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)", re.MULTILINE)
REMOVE = re.compile(r"^(?:Remv|Purg) (\S+)", re.MULTILINE)
BROUGHT = "what is in the package"  # begins what is said of the files of one that comes
MADE = "what is made:"  # begins what is said of what comes by a command, at a path or as an account
SUBIDS = ("/etc/subuid", "/etc/subgid")  # useradd gives a person's account a range there, userdel takes it back
NOT_FOUND = "not-found"  # what systemd says of a unit whose file is not there
UNIT_FOLDER = "/etc/systemd/system/"
SECONDS_A_DAY = 86400
SUFFIXES = (".service", ".socket", ".timer", ".target", ".mount", ".path", ".slice", ".swap", ".automount")


def predict(before: ServerState, results: Sequence[TaskResult], managed: Managed) -> ServerState:
    """The state after a run, as far as these results tell.

    Args:
        before: as it was read.
        results: of one host, of a run in check mode, in their order.
        managed: what is read of the server, and so can go back.
    """
    forecast = _Forecast(before, managed)
    for result in results:
        for part in split_loop(result):
            forecast.take(part)
    return forecast.finish()


class _Forecast:
    """A state that is being edited."""

    def __init__(self, before: ServerState, managed: Managed) -> None:
        self.files = dict(before.files)
        self.packages = dict(before.packages)
        self.units = dict(before.units)
        self.accounts = dict(before.accounts)
        self.groups = dict(before.groups)
        self.unknown: dict[str, None] = {}
        self.restarts: dict[str, None] = {}
        self._before, self._managed = before, managed
        self._makers: dict[str, None] = {}  # roles of which something is not known
        self._rules: Mapping[str, Callable[[TaskResult, Mapping[str, Any]], None]] = {
            **dict.fromkeys(("template", "copy", "assemble", "blockinfile", "lineinfile", "replace"), self._write_file),
            "authorized_key": self._write_key,
            "file": self._change_file,
            "apt": self._change_packages,
            **dict.fromkeys(("systemd", "systemd_service", "service"), self._change_unit),
            "user": self._change_user,
            "group": self._change_group,
            "sysctl": self._write_sysctl,
        }

    def finish(self) -> ServerState:
        """The state, everything sorted as it is when it is read."""
        self._open_made()
        self._open_new_units()
        return ServerState(
            files=dict(sorted(self.files.items())),
            packages=dict(sorted(self.packages.items())),
            units=dict(sorted(self.units.items())),
            accounts=dict(sorted(self.accounts.items())),
            groups=dict(sorted(self.groups.items())),
            restarts=tuple(self.restarts),
            unknown=tuple(self.unknown),
        )

    def take(self, task: TaskResult) -> None:
        """Edit by one result."""
        if task.elsewhere:
            if task.status == "ok" and task.result.get("changed") and task.module not in HARMLESS:
                self._say_unknown(task, f"it changes {task.elsewhere}, and not this server")
            return
        if task.status in ("failed", "ignored", "unreachable"):
            if task.status != "unreachable":
                self._say_unknown(task, "it fails in check mode, and the role goes on")
            return
        if task.status == "skipped":
            # Of a task that is kept from logs the condition is, too; those that we have rules for know check mode.
            is_condition = {"skip_reason", "false_condition"} & task.result.keys()
            if not is_condition and not (task.result.get("censored") and task.module in self._rules):
                self._say_unknown(task, f"{task.module} does nothing in check mode")
            return
        if not task.result.get("changed"):
            return
        if task.module in HARMLESS:
            return
        if task.result.get("censored"):
            self._say_unknown(task, "what it changes is kept from logs (no_log)")
            self._open_place(task)
            return
        rule = self._rules.get(task.module)
        if rule is None:
            self._say_unknown(task, f"{task.module} says that it changes something, and not what")
            return
        invocation = task.result.get("invocation")
        arguments = invocation.get("module_args", {}) if isinstance(invocation, Mapping) else {}
        rule(task, arguments if isinstance(arguments, Mapping) else {})

    def _say_unknown(self, task: TaskResult, why: str) -> None:
        item = task.result.get("_ansible_item_label", task.result.get("item"))
        name = f"{task.name} ({item})" if isinstance(item, str | int) else task.name
        self.unknown[_one_line(f"{name}: {why}")] = None
        self._makers[task.role] = None

    def _open_made(self) -> None:
        """What the commands of a role make or set is not known, if what they do is not."""
        for entry in (entry for role in self._makers for entry in self._managed.made.get(role, ())):
            if not entry.startswith(("/", ACCOUNT)):
                self.units[entry] = UnitState(ANY, ANY)
                continue
            self.unknown[f"{MADE} {entry}"] = None
            for path, file in self.files.items():
                if is_below(path, [entry]):
                    content = ANY if file.kind == "file" else ""
                    self.files[path] = replace(file, owner=ANY, mode=ANY, text=None, digest=content)

    def _open_new_units(self) -> None:
        """A unit whose file comes with this run is known to systemd, and so to check mode, only afterwards."""
        for name, unit in self.units.items():
            path = f"{UNIT_FOLDER}{name}"
            if unit.enabled == NOT_FOUND and path in self.files and path not in self._before.files:
                self.units[name] = UnitState(ANY, ANY)

    def _open_place(self, task: TaskResult) -> None:
        """The file that a task writes which is kept from logs."""
        path = task.place.get("dest") or task.place.get("path") or ""
        if path.startswith("/") and self._managed.covers(path):
            former = self.files.get(path)
            file = former if former and former.kind == "file" else FileState("file", self._default_owner(path), ANY)
            self.files[path] = _set_attributes(replace(file, text=None, digest=ANY), task.place)

    def _put(self, task: TaskResult, path: str, file: FileState | None) -> None:
        if not self._managed.covers(path):
            self._say_unknown(task, f"{path} is under no path of the roles' meta/managed.yml: it does not go back")
        elif file is None:
            for each in [each for each in self.files if each == path or each.startswith(f"{path}/")]:
                del self.files[each]
        else:
            self.files[path] = file
            if maker := self._managed.find_maker(path):
                self._makers[maker] = None  # what check mode writes there stands for what a command makes

    # --- files

    def _write_file(self, task: TaskResult, arguments: Mapping[str, Any]) -> None:
        """A module that writes the content of one file, with what it is to be in its diff."""
        result = task.result
        path = str(result.get("dest") or arguments.get("dest") or arguments.get("path") or result.get("path") or "")
        diffs = result.get("diff")
        diffs = [diffs] if isinstance(diffs, Mapping) else diffs if isinstance(diffs, list) else []
        headers = [str(diff.get("before_header") or "").removesuffix(" (content)") for diff in diffs]
        path = next((header for header in headers if header.startswith(f"{path.rstrip('/')}/")), path)
        if not path.startswith("/"):
            self._say_unknown(task, "which file it writes is not told")
            return
        former = self.files.get(path)
        file = former if former and former.kind == "file" else FileState("file", self._default_owner(path), ANY)
        content = next((diff for diff in diffs if isinstance(diff.get("after"), str)), None)
        if content is not None and not any(key in content for key in ("src_binary", "dst_binary", "src_larger")):
            text, digest = describe_content(content["after"].encode(errors="surrogatepass"))
            if content["after"] != content.get("before") or former is None:
                file = replace(file, text=text, digest=digest)
        elif not any(isinstance(diff.get("after"), Mapping) for diff in diffs):
            file = replace(file, text=None, digest=ANY)
        file = _set_attributes(file, arguments)
        for diff in diffs:
            if isinstance(after := diff.get("after"), Mapping):
                file = _set_attributes(file, after)
        self._put(task, path, file)

    def _default_owner(self, path: str) -> str:
        """Whose a new file is: root's, who runs the roles; below a folder with the set-group-id bit, that group's."""
        folder = self.files.get(path.rpartition("/")[0])
        if folder and folder.mode != ANY and int(folder.mode, 8) & 0o2000:
            return f"root:{folder.owner.partition(':')[2]}"
        return "root:root"

    def _write_key(self, task: TaskResult, arguments: Mapping[str, Any]) -> None:
        path = str(task.result.get("keyfile") or arguments.get("path") or "")
        diff = task.result.get("diff")
        if not path or not isinstance(diff, Mapping) or not isinstance(diff.get("after"), str):
            self._say_unknown(task, "which keys it writes is not told")
            return
        user = str(arguments.get("user") or "root")
        account = self.accounts.get(user)
        owner = f"{user}:{account.group if account else ANY}"
        folder = path.rpartition("/")[0]
        if arguments.get("manage_dir", True) and folder not in self.files and self._managed.covers(folder):
            self.files[folder] = FileState("directory", owner, "0700")
        text, digest = describe_content(diff["after"].encode())
        self._put(task, path, FileState("file", owner, "0600", text, digest))

    def _write_sysctl(self, task: TaskResult, arguments: Mapping[str, Any]) -> None:
        path = str(arguments.get("sysctl_file") or "/etc/sysctl.conf")
        former = self.files.get(path, FileState("file", "root:root", ANY))
        self._put(task, path, replace(former, text=None, digest=ANY))

    def _change_file(self, task: TaskResult, arguments: Mapping[str, Any]) -> None:
        path = str(arguments.get("path") or task.result.get("path") or task.result.get("dest") or "").rstrip("/")
        state = arguments.get("state") or "file"
        former = self.files.get(path)
        if not path.startswith("/") or arguments.get("recurse") or state == "hard":
            self._say_unknown(task, f"what it does below {path or 'a path'} is not told")
        elif state == "absent":
            self._put(task, path, None)
        elif state == "link":
            self._put(task, path, _set_owner(FileState("link", "root:root", "0777", target=str(arguments.get("src"))),
                                             arguments))  # fmt: skip
        elif state == "directory":
            folder = former if former and former.kind == "directory" else FileState("directory", "root:root", ANY)
            self._put(task, path, _set_attributes(folder, arguments))
        elif state == "touch" and former is None:
            new = FileState("file", self._default_owner(path), ANY, text="")
            self._put(task, path, _set_attributes(new, arguments))
        elif former is None and self._managed.covers(path):
            self._say_unknown(task, f"it changes {path}, which was not read")
        elif former is None:
            self._put(task, path, FileState("file"))
        else:
            self._put(task, path, _set_attributes(former, arguments))

    # --- packages and units

    def _change_packages(self, task: TaskResult, arguments: Mapping[str, Any]) -> None:
        text = str(task.result.get("stdout") or "")
        come, go = dict(INSTALL.findall(text)), set(REMOVE.findall(text)) - dict(INSTALL.findall(text)).keys()
        if not come and not go:
            self._say_unknown(task, "which packages it changes is not told")
            return
        for name, version in come.items():
            name = name.partition(":")[0]
            if name in self._managed.packages:
                self.unknown[f"{BROUGHT} {name} {version}"] = None
                self.packages[name] = version
            else:
                self.unknown[f"{BROUGHT} {name} {version}, which others ask for"] = None
        for name in go:
            self.packages.pop(name.partition(":")[0], None)

    def _change_unit(self, task: TaskResult, arguments: Mapping[str, Any]) -> None:
        name = str(arguments.get("name") or "")
        if not name:  # daemon_reload alone: it changes nothing that runs
            return
        name = name if name.endswith(SUFFIXES) else f"{name}.service"
        if arguments.get("scope") not in (None, "system"):
            self._say_unknown(task, f"{name} is a user's unit")
            return
        unit = self.units.get(name, UnitState(ANY, ANY))
        if unit.enabled == NOT_FOUND:
            unit = UnitState(ANY, ANY)
        enabled, masked, state = (arguments.get(key) for key in ("enabled", "masked", "state"))
        if masked is not None:
            unit = replace(unit, enabled="masked" if masked else ANY if unit.enabled == "masked" else unit.enabled)
        if enabled is not None and unit.enabled not in ("static", "indirect", "generated", "alias"):
            unit = replace(unit, enabled="enabled" if enabled else "disabled")
        if state is not None:
            unit = replace(unit, active="inactive" if state == "stopped" else "active")
        if state in ("restarted", "reloaded"):
            self.restarts[f"{name} {state}"] = None
        if name in self._managed.units:
            self.units[name] = unit
        elif state not in ("restarted", "reloaded") or enabled is not None or masked is not None:
            self._say_unknown(task, f"{name} is no unit of the roles' meta/managed.yml: it is not read")

    # --- accounts

    def _change_user(self, task: TaskResult, arguments: Mapping[str, Any]) -> None:
        name = str(arguments.get("name") or "")
        if not self._managed.reads_accounts:
            self._say_unknown(task, f"the account {name} is not read: no meta/managed.yml names /etc/passwd")
            return
        former = self.accounts.get(name)
        if arguments.get("state") == "absent":
            self._remove_user(name, former, removes_home=bool(arguments.get("remove")))
            return
        own_group = str(arguments.get("group") or (former.group if former else name))
        if former is None and not arguments.get("group") and name not in self.groups:
            self.groups[name] = ANY
        home = "/root" if name == "root" else f"/home/{name}"
        account = former or Account(group=own_group, home=home, shell=ANY)
        groups = arguments.get("groups")
        if groups is not None:
            names = {str(group) for group in groups} - {""}
            if arguments.get("append"):
                names |= set(filter(None, account.groups.split(",")))
            account = replace(account, groups=",".join(sorted(names - {own_group})))
        account = replace(account, group=own_group)
        for key in ("uid", "home", "shell"):
            if arguments.get(key) is not None:
                account = replace(account, **{key: str(arguments[key])})
        if arguments.get("expires") is not None:
            seconds = float(arguments["expires"])
            account = replace(account, expires="never" if seconds < 0 else str(int(seconds // SECONDS_A_DAY)))
        if arguments.get("password") is not None and (former is None or arguments.get("update_password") == "always"):
            account = replace(account, password=ANY)  # Ansible does not tell whether it is a hash or a star
        if arguments.get("password_lock") is not None:
            account = replace(account, password="locked" if arguments["password_lock"] else ANY)
        self.accounts[name] = account
        if former is None and not arguments.get("system"):
            self._open_ranges()

    def _open_ranges(self) -> None:
        for path in SUBIDS:
            if path in self.files:
                self.files[path] = replace(self.files[path], text=None, digest=ANY)

    def _remove_user(self, name: str, former: Account | None, *, removes_home: bool) -> None:
        """As userdel: with the group of its name, if that is nobody else's; with its home if it is told so."""
        if former is None:
            return
        del self.accounts[name]
        number = self.groups.get(name, ANY)
        shared = any(name in (other.group, *other.groups.split(",")) for other in self.accounts.values())
        if former.group == name and not shared:
            self.groups.pop(name, None)
        if removes_home:
            for path in [path for path in self.files if path == former.home or path.startswith(f"{former.home}/")]:
                del self.files[path]
        self._open_ranges()
        gone = {name: former.uid}, {name: number} if name not in self.groups else {}
        for path, file in self.files.items():  # what was theirs is a number's
            owner, _, group = file.owner.partition(":")
            if file.owner != ANY:
                self.files[path] = replace(file, owner=f"{gone[0].get(owner, owner)}:{gone[1].get(group, group)}")

    def _change_group(self, task: TaskResult, arguments: Mapping[str, Any]) -> None:
        name = str(arguments.get("name") or "")
        if not self._managed.reads_accounts:
            self._say_unknown(task, f"the group {name} is not read: no meta/managed.yml names /etc/group")
        elif arguments.get("state") == "absent":
            self.groups.pop(name, None)
        else:
            number = arguments.get("gid")
            self.groups[name] = str(number) if number is not None else self.groups.get(name, ANY)


def _set_attributes(file: FileState, attributes: Mapping[str, Any]) -> FileState:
    """The file with the owner, group and mode that a task names; what it leaves out stays."""
    mode = attributes.get("mode")
    if mode not in (None, ""):
        try:
            file = replace(file, mode=write_mode(mode))
        except ValueError:  # u=rw,g=r: what it makes depends on what is there
            file = replace(file, mode=ANY)
    return _set_owner(file, attributes)


def _set_owner(file: FileState, attributes: Mapping[str, Any]) -> FileState:
    owner, _, group = file.owner.partition(":") if file.owner != ANY else (ANY, "", ANY)
    if any(str(attributes.get(key) or "").isdigit() for key in ("owner", "group")):
        return replace(file, owner=ANY)
    owner, group = (str(attributes.get(key) or value) for key, value in (("owner", owner), ("group", group)))
    return replace(file, owner=ANY if owner == group == ANY else f"{owner}:{group}")


def _one_line(words: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())[:300]
