"""What the playbooks of the servers ask: whose a server is, whether its variables fit, and which way in answers.

No Ansible is imported here: the plugin hands over what Ansible makes of the variables.
"""

import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import yaml

from nornir_tasks.actions.playbook import Result, done, failed, region_of
from nornir_tasks.core.bounds import MB, read_text
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import FellesdriftError, PlatformError, UsageError
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.address_guard import check_address
from nornir_tasks.inventory.explain import WhyError, read_layers
from nornir_tasks.journal.read_only import Standing
from nornir_tasks.model import Position, Region, Server, Stage
from nornir_tasks.model.finding import Variable, suggest_nearest
from nornir_tasks.platforms.debian.managed import ELSEWHERE, Watched, read_watched
from nornir_tasks.server_roles import derive, find_reason_not_ours
from nornir_tasks.server_roles.arguments import RoleSpec, check_variables, find_role

ROLES = Path(__file__).resolve().parents[2] / "roles"
LOGIN_SECONDS = 60.0  # until a login has answered, or has not
CONNECT_SECONDS = 15  # of these, until the host answers at all
# In this order before what the inventory says: of an option that is given twice, ssh takes the first.
FRESH_LOGIN = (
    *("-o", "BatchMode=yes", "-o", "ControlMaster=no", "-o", "ControlPath=none"),
    *("-o", f"ConnectTimeout={CONNECT_SECONDS}"),
)
NO_CONNECTION = 255  # what ssh exits with where it could not log in
BEGUN = "fellesdrift_manifests"  # a variable of a host from the first role on, until the run's end
DERIVED = "fellesdrift_derived"  # the names of those variables of a host that are worked out here
REFUSED = "Permission denied"  # the host answers, and does not know this account or key
Read = Callable[[str], Any]  # the value that Ansible gives a variable; Unresolved where it cannot


@dataclass(frozen=True)
class Way:
    """How Ansible would log in to a server, as its variables say."""

    host: str  # ansible_host; empty: the server's own address
    port: str
    first_user: str  # who logs in before the automation account is there
    key: str
    arguments: str  # ansible_ssh_common_args and the like, as a shell would read them
    program: str = "ssh"

    def make_command(self, host: str, user: str) -> list[str]:
        """A login of its own, over no connection that stands already, which asks whether it may do everything."""
        command = [self.program, *FRESH_LOGIN, *shlex.split(self.arguments)]
        command += ["-p", self.port] if self.port else []
        command += ["-i", str(Path(self.key).expanduser())] if self.key else []
        return [*command, "-l", user, host, "true" if user == "root" else "sudo -n true"]


def name_others(sources: Sequence[str], hosts: Iterable[str], managed: Iterable[str]) -> Result:
    """The servers of a play that no role touches, by reason.

    Args:
        sources: the playbook's inventories.
        hosts: of the play, as far as --limit leaves them.
        managed: those of the group ``managed_servers``.
    """
    region, groups = region_of(tuple(sources)), set(managed)
    servers = [require_server(region, host) for host in hosts]
    reasons: dict[str, list[str]] = {}
    count = 0
    for server in servers:
        reason = find_reason_not_ours(server)
        count += reason is None and server.name in groups
        if reason is not None:
            reasons.setdefault(reason, []).append(server.name)
    lines = [f"not configured by us: {', '.join(names)} ({reason})" for reason, names in sorted(reasons.items())]
    return done([f"{count} of {len(servers)} servers are ours and in the group managed_servers", *lines])


def prepare(sources: Sequence[str], host: str, names: Iterable[str], read: Read, change: str) -> Result:
    """A server's roles and their variables, checked before anything is changed anywhere.

    Args:
        sources: the playbook's inventories.
        host: the server.
        names: of the variables that Ansible has for it (``list_names``).
        read: gives the value of one.
        change: a stage whose servers these are: its variables are those of that stage; empty: of now.
    """
    region = region_of(tuple(sources))
    server = require_server(region, host)
    reason = find_reason_not_ours(server)
    if reason is not None:
        return done([f"not configured by us: {reason}"])
    derived = derive(region, find_position(server, change), host)
    known = list(names)
    # An earlier play of this run may have derived some at another stage: those are no answer of the inventory's.
    earlier = set(read(DERIVED)) if DERIVED in known else set()
    given = {name: read(name) for name in known if find_role(name) and name not in earlier}
    variables = {**derived.variables, **given}
    findings = list(check_variables(host, derived.roles, load_specs(), variables))
    if findings:
        return failed("\n".join(describe_findings(sources, host, findings, derived.variables.keys() - given.keys())))
    added = {name: value for name, value in derived.variables.items() if name not in given}
    added["server_roles"] = list(derived.roles)
    watched = [load_watched(role) for role in derived.roles]
    for what in ELSEWHERE:
        keys = [key for each in watched for key in getattr(each, what)]
        texts = set(_list_texts([variables[key] for key in keys if key in variables]))
        added[f"servers_to_{what}"] = sorted(texts & region.servers.keys() - {host})
    groups = [f"role_{role}" for role in derived.roles]
    variables = {**added, DERIVED: sorted(added)}
    return done([", ".join(derived.roles)], add_host={"host_name": host, "groups": groups, "host_vars": variables})


def list_names(variables: Mapping[str, Any]) -> list[str]:
    """The names of a host's variables; once roles have run, without what they have registered since.

    Args:
        variables: all that Ansible has for the host.
    """
    if BEGUN not in variables:
        return list(variables)
    names = dict.fromkeys([*variables[BEGUN]["names"], DERIVED, *variables.get(DERIVED, ())])
    return [name for name in names if name in variables]


def find_way_to(sources: Sequence[str], host: str, way: Way) -> Result:
    """As ``find_way_in``, of a server that others' tasks go to: if there is none, the task that goes there says so."""
    result = find_way_in(sources, host, way, "", first_day=True)
    return result if "add_host" in result else done([result["msg"]])


def find_way_in(sources: Sequence[str], host: str, way: Way, automation_account: str, *, first_day: bool) -> Result:
    """How the server is logged in to from here on: by the automation account, or, on its first day, as at first.

    Args:
        sources: the playbook's inventories.
        host: the server.
        way: as its variables say.
        automation_account: tried first; empty: the first of the standard's accounts.
        first_day: whether it may be the server's first day; else there must be the account.

    Raises:
        GuardError: it is outside the management networks; nothing was sent to it.
    """
    region = region_of(tuple(sources))
    server = require_server(region, host)
    if reason := find_reason_not_ours(server):
        return done([f"not configured by us: {reason}"])
    standard = region.of(server.municipality)[0].standard
    address = way.host or server.endpoint.host
    check_address(host, address, standard.management_networks)
    answers = []
    users = [automation_account or standard.accounts[0].name]
    if first_day and way.first_user not in users:
        users.append(way.first_user or "root")
    for user in users:
        code, words = try_login(way.make_command(address, user))
        if code == 0:
            login = {"ansible_host": address, "ansible_user": user, "ansible_become": user != "root"}
            return done([f"by {user}"], add_host={"host_name": host, "groups": [], "host_vars": login}, login=user)
        answers.append(f"{user}: {words or f'exit code {code}'}")
        if code == NO_CONNECTION and REFUSED not in words:
            break  # another account would find the same line cut
    text = f"{host}: found no way in at {address}: {'; '.join(answers)}"
    return {"unreachable": True, "changed": False, "msg": make_safe(text)} if first_day else failed(text)


def try_login(command: Sequence[str]) -> tuple[int, str]:
    """The exit code of a login, and the last line that it wrote to standard error.

    What ssh has started to reach the host (a ProxyCommand) may outlive it and hold its outputs: nobody waits for those.
    """
    with TemporaryFile() as errors:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                timeout=LOGIN_SECONDS,
                env=make_child_environment(),
            )
        except subprocess.TimeoutExpired:
            return NO_CONNECTION, f"no end within {LOGIN_SECONDS:.0f} s"
        errors.seek(0)
        words = errors.read(MB).decode(errors="replace").strip()
    return done.returncode, words.split("\n")[-1].strip()


def _list_texts(value: Any) -> Iterator[str]:
    """Every text within a variable's value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _list_texts(list(value.values()))
    elif isinstance(value, Iterable):
        for item in value:
            yield from _list_texts(item)


def require_server(region: Region, name: str) -> Server:
    """The server of a name.

    Raises:
        UsageError: the inventory has no server of this name.
    """
    if name not in region.servers:
        raise UsageError(f"{name}: found no server of that name, expected one; {suggest_nearest(name, region.servers)}")
    return region.servers[name]


def find_position(server: Server, change: str) -> Position:
    """How far everything has come; of a stage that is under way, or only looked at, as if the server were there."""
    position = Standing().position()
    words = {stage.word for stage in Stage}
    if change in words and position.of(server.municipality) < Stage.parse(change):
        return position.moved(server.municipality, Stage.parse(change))
    return position


def load_specs(folder: Path = ROLES) -> dict[str, RoleSpec]:
    """What each role takes, by its name.

    Raises:
        FellesdriftError: a role's own files cannot be read.
    """
    specs = {}
    for file in sorted(folder.glob("*/meta/argument_specs.yml")):
        role = file.parent.parent
        try:
            options = yaml.safe_load(read_text(file))["argument_specs"]["main"].get("options", {})
            defaults_file = role / "defaults" / "main.yml"
            defaults = yaml.safe_load(read_text(defaults_file)) if defaults_file.exists() else {}
            specs[role.name] = RoleSpec(options or {}, frozenset(defaults or {}))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
            text = " ".join(str(error).split())
            raise FellesdriftError(f"{file}: found no options of the entry point main: {text}") from error
    return specs


def load_watched(role: str, folder: Path = ROLES) -> Watched:
    """What a role looks after.

    Raises:
        PlatformError: its ``meta/managed.yml`` cannot be read.
    """
    file = folder / role / "meta" / "managed.yml"
    try:
        return read_watched(role, yaml.safe_load(read_text(file)))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlatformError(f"{file}: expected what the role may touch, found: {error}") from error


def describe_findings(
    sources: Sequence[str], host: str, findings: Sequence[Verdict[Variable]], derived: Iterable[str]
) -> list[str]:
    """A line for each variable that does not fit, with the file that sets it.

    Args:
        sources: the playbook's inventories.
        host: whose variables they are.
        findings: about them.
        derived: the variables that the inventory does not set itself.
    """
    computed = set(derived)
    try:
        layers = read_layers([Path(source) for source in sources], host)[host]
    except (FellesdriftError, WhyError):
        layers = None
    lines = [f"{host}: {len(findings)} of its roles' variables do not fit; nothing was changed"]
    for finding in findings:
        name = str(finding.subject.path[0])
        answer = None if layers is None else layers.find_answer(finding.subject.key) or layers.find_answer(name)
        if name in computed:
            place = " (derived from the inventory)"
        elif answer and answer.winner:
            place = f" ({answer.winner.where})"
        else:
            place = "" if finding.actual == "nothing" else " (given by -e or the playbook)"
        lines.append(f"{host}, role {finding.rule.name}: {finding.subject.key}: {finding.found_text}{place}")
    return lines
