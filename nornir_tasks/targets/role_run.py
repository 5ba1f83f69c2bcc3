"""Runs the roles on servers, by ansible-runner: in check mode for a plan, and for real for an apply.

What each task said is written by our callback (``playbooks/plugins/callback/fellesdrift_results.py``), into a folder
that is gone afterwards. The run ends with the process that began it, whatever happens to that.
"""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from nornir_tasks.core.bounds import OUTPUT_BYTES, read_file
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.logging import get_logger
from nornir_tasks.core.text import escape_invisible
from nornir_tasks.devices.context import CHECKOUT, Context
from nornir_tasks.inventory.load import find_default_sources
from nornir_tasks.platforms.debian.task_result import TaskResult, find_failure

LOGGER = get_logger(__name__)
PLAYBOOK = "playbooks/platform.yml"
FOLDER = "runs"  # below the state directory, for as long as a run lasts
LONGEST_SECONDS = 3600  # of a run: 20 servers, a hundred tasks each, on a small control node
POLL_SECONDS = 1  # between two looks at whether it is to be cancelled
# ansible-playbook, which the kernel kills when the process that started it ends. ansible-runner writes the environment
# that it is given into a file, so what is secret there comes through memory.
WRAPPER = """#!{python}
import json, os, sys
sys.path.insert(0, {root!r})
from nornir_tasks.core.parent import die_with
die_with({parent})
with open("/proc/{parent}/fd/{secrets}") as secrets:
    os.environ.update(json.load(secrets))
os.execv({program!r}, [{program!r}, *sys.argv[1:]])
"""


@dataclass(frozen=True)
class RoleRun:
    """What became of a run. ``results``: by host, in their order; ``good``: by host, whether it went through."""

    results: Mapping[str, Sequence[TaskResult]]
    good: Mapping[str, bool]
    words: str = ""  # why it ended before any host was asked

    def find_error(self, host: str) -> str:
        """Why a host did not go through, in words; empty if it did."""
        if self.good.get(host):
            return ""
        failure = find_failure(self.results.get(host, ()))
        return f"its roles stop at {failure}" if failure else self.words or "its roles did not run to their end"


def run_roles(
    context: Context,
    hosts: Iterable[str],
    stage: str,
    *,
    check: bool,
    cancel: Callable[[], bool] = lambda: False,
) -> RoleRun:
    """Run the roles on servers.

    Args:
        context: whose inventories and state directory are used.
        hosts: names of servers.
        stage: whose variables the roles are given: ``harmonise``.
        check: only look.
        cancel: is asked about once a second; True ends the run.

    Raises:
        PlatformError: it cannot be started.
    """
    import ansible_runner  # type: ignore[import-untyped]  # takes a tenth of a second to import

    names = list(hosts)
    sources = context.sources or find_default_sources()
    words = [PLAYBOOK, *(word for source in sources for word in ("-i", str(Path(source).absolute())))]
    words += ["--limit", ",".join(names), "-e", f"change={stage}", *(("--check", "--diff") if check else ())]
    with _make_folder(context.where) as folder, _keep_secrets() as secrets:
        results = folder / "results"
        try:
            runner = ansible_runner.run(
                private_data_dir=str(folder),
                project_dir=str(CHECKOUT),
                binary=str(_write_wrapper(folder, secrets)),
                cmdline=shlex.join(words),
                envvars=_make_environment(context, results),
                settings={
                    "pexpect_timeout": POLL_SECONDS,
                    "job_timeout": LONGEST_SECONDS,
                    "suppress_ansible_output": True,
                },
                cancel_callback=cancel,
                quiet=True,
            )
        except (OSError, ValueError, ansible_runner.exceptions.AnsibleRunnerException) as error:
            raise PlatformError(f"the roles cannot be run: {escape_invisible(str(error))}") from error
        LOGGER.debug("roles on %s: %s", ", ".join(names), runner.status)
        run = _read_results(results, names)
        if not run.good and not run.words:
            return RoleRun(run.results, run.good, _find_last_words(folder, str(runner.status)))
        return run


def _make_environment(context: Context, results: Path) -> dict[str, str]:
    """What ansible-playbook is told beside our own environment. Journal and state are those of the context."""
    return {
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(CHECKOUT / "playbooks/plugins/callback"),  # beside ansible-runner's own
        "ANSIBLE_CALLBACKS_ENABLED": "fellesdrift_results",
        "ANSIBLE_NOCOLOR": "1",
        "FELLESDRIFT_RESULTS": str(results),
        "FELLESDRIFT_STATE": str(context.where),
        "PYTHONPATH": str(CHECKOUT),
        **dict.fromkeys(os.environ.keys() - make_child_environment().keys(), ""),
    }


@contextmanager
def _keep_secrets() -> Iterator[int]:
    """What is secret in our environment, in a file that is on no disk. Yields its number."""
    secrets = {name: value for name, value in os.environ.items() if name not in make_child_environment()}
    with os.fdopen(os.memfd_create("fellesdrift"), "wb", buffering=0) as file:
        file.write(json.dumps(secrets).encode())
        yield file.fileno()


def _write_wrapper(folder: Path, secrets: int) -> Path:
    wrapper = folder / "ansible-playbook"
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    text = WRAPPER.format(
        python=sys.executable, root=str(CHECKOUT), parent=os.getpid(), program=program, secrets=secrets
    )
    wrapper.write_text(text)
    wrapper.chmod(0o700)
    return wrapper


@contextmanager
def _make_folder(where: Path) -> Iterator[Path]:
    """A folder for one run, for its owner; those that killed processes have left are removed."""
    above = where / FOLDER
    above.mkdir(mode=0o700, exist_ok=True)
    for left in above.iterdir():
        process = left.name.partition("-")[0]
        if process.isdigit() and not Path("/proc", process).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=f"{os.getpid()}-", dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_results(file: Path, names: Iterable[str]) -> RoleRun:
    """What the callback wrote; a run that was killed has written no end."""
    results: dict[str, list[TaskResult]] = {name: [] for name in names}
    good: dict[str, bool] = {}
    try:
        lines = read_file(file, OUTPUT_BYTES).split(b"\n")
    except FileNotFoundError:
        return RoleRun(results, good)
    except OSError as error:
        return RoleRun(results, good, f"what the roles said cannot be read: {error.strerror}")
    for line in lines:
        try:
            row: dict[str, Any] = json.loads(line)
        except ValueError:
            continue  # the last line of a run that was killed
        if row["status"] == "end":
            good = dict(row["hosts"])
        elif row["host"] in results:
            said = row["result"] if isinstance(row["result"], Mapping) else {}
            words = (row["role"], row["task"], row["action"], row["status"])
            results[row["host"]].append(TaskResult(*words, said, row["place"], row["elsewhere"]))
    return RoleRun(results, good)


def _find_last_words(folder: Path, status: str) -> str:
    """Why a run ended before it began: the last lines that Ansible wrote."""
    for file in sorted(folder.glob("artifacts/*/stdout")):
        lines = [line.strip() for line in read_file(file).decode(errors="replace").splitlines() if line.strip()]
        if lines:
            return f"the roles did not run ({status}): {escape_invisible(' | '.join(lines[-4:]))[:1000]}"
    return f"the roles did not run ({status})"
