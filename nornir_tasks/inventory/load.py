"""The inventory: resolved by Ansible alone, read once, kept under a digest of everything it was made from."""

import configparser
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir_tasks.core.atomic_write import write_to_cache
from nornir_tasks.core.bounds import PLAN_BYTES, AnswerTooLong, read_file, read_text, run_program
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.code_digest import combine_digests, digest_files, find_sources
from nornir_tasks.core.errors import FellesdriftError, UsageError
from nornir_tasks.core.logging import get_logger
from nornir_tasks.inventory.region_cache import dump_region, pause_collector, restore_region
from nornir_tasks.inventory.source.source_files import walk_folder
from nornir_tasks.model import Region

if TYPE_CHECKING:
    from nornir_tasks.core.verdict import Verdict
    from nornir_tasks.inventory.problem import SourceLine

LOGGER = get_logger(__name__)

CHECKOUT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ("FELLESDRIFT_LAB_PORT", "FELLESDRIFT_LAB_DIR")  # what the overlay reads
DECLARED = "servers/declared"  # in the lab's directory: how its servers are reached, while they run
# What reads and checks a region: it is kept in the cache for this module and all that it imports.
READER = "nornir_tasks.inventory.load"
MUNICIPALITIES = "municipalities"  # the group above those that move
CACHED_REGIONS = 12  # regions in the cache
LONGEST = 200  # characters of what is no listing
SETTINGS = (".cfg", ".ini")  # the suffixes by which Ansible knows its settings

# Without the first, Ansible only warns of a file that it cannot parse, and leaves it out.
STRICT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}


class InventoryError(FellesdriftError):
    """The inventory could not be read."""


class InventoryErrors(InventoryError):
    """Everything that is wrong with the inventory, sorted by file and line."""

    def __init__(self, problems: "Iterable[Verdict[SourceLine]]") -> None:
        from nornir_tasks.inventory.problem import format_problem, sort_problems

        self.problems = sort_problems(problems)
        count_text = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = [f"{count_text} in the inventory; nothing was connected to", *map(format_problem, self.problems)]
        super().__init__("\n".join(lines))


def find_default_sources() -> tuple[Path, ...]:
    """What ``ansible.cfg`` (or ANSIBLE_INVENTORY) lists.

    Raises:
        UsageError: the file that ANSIBLE_CONFIG names is missing, or cannot be read as one, or no inventory is named.
    """
    source_list = os.environ.get("ANSIBLE_INVENTORY")
    root = CHECKOUT
    file = Path(os.environ.get("ANSIBLE_CONFIG") or CHECKOUT / "ansible.cfg")
    if file.suffix not in SETTINGS and file.is_file():
        raise UsageError(
            f"ANSIBLE_CONFIG: {file}: found {file.suffix or 'no suffix'}, expected {' or '.join(SETTINGS)}"
        )
    if not source_list:
        parser = configparser.ConfigParser(inline_comment_prefixes=(";",), interpolation=None)  # as Ansible reads it
        try:
            parser.read_string(read_text(file), str(file))
        except OSError as error:
            raise UsageError(f"ANSIBLE_CONFIG: expected a file at {file}, found: {error.strerror}") from error
        except (UnicodeDecodeError, configparser.Error) as error:
            reason = " ".join(str(error).split())
            raise UsageError(
                f"ANSIBLE_CONFIG: {file}: expected Ansible's settings in UTF-8, found: {reason}"
            ) from error
        source_list = parser.get("defaults", "inventory", fallback="inventory")
        root = file.resolve().parent
    sources = tuple(root / entry.strip() for entry in source_list.split(",") if entry.strip())
    if not sources:
        raise UsageError(f"inventory: found {source_list!r} in ANSIBLE_INVENTORY or ansible.cfg, expected its paths")
    return sources


def region_digest(sources: Sequence[Path] | None = None) -> str:
    """A digest of the inventory's files, and of what they read beside."""
    digest = hashlib.sha256()
    for part in _read_overlay():
        digest.update(part + b"\n")
    for number, source in enumerate(sources or find_default_sources()):
        for file, reason in list(_walk_files(source)):  # counted before the first is read
            # Relative: two control nodes may have their checkouts at different paths.
            name = os.path.relpath(file, source if source.is_dir() else source.parent)
            content = reason.encode() if reason else read_file(file)  # of a pipe or the like, that it is one
            digest.update(os.fsencode(f"{number}/{name}\0") + content + b"\0")
    return digest.hexdigest()


def _read_overlay() -> list[bytes]:
    """What the overlay's script reads: the environment, and how the servers of a running lab are reached."""
    declared = CHECKOUT / (os.environ.get("FELLESDRIFT_LAB_DIR") or ".lab") / DECLARED
    try:
        servers = read_file(declared)
    except OSError:
        servers = b""  # none are running
    return [*(os.fsencode(f"{name}={os.environ.get(name, '')}") for name in ENVIRONMENT), servers]


def load_region(sources: Sequence[Path] | None = None) -> Region:
    """The whole region, typed and checked.

    Raises:
        InventoryErrors: something in it is wrong; it holds everything that is.
        InventoryError: Ansible could not read it.
    """
    sources = tuple(sources or find_default_sources())
    code = combine_digests(digest_files(CHECKOUT, find_sources(CHECKOUT, [READER])))
    try:
        digest = region_digest(sources)
    except OSError as error:
        raise InventoryError(
            f"inventory: found no readable {error.filename} ({error.strerror}), expected a file or folder"
        ) from error
    name = hashlib.sha256(f"{digest}{code}".encode()).hexdigest()
    cache = _find_cache_folder() / f"region-{name}.json"
    try:
        region = restore_region(read_file(cache, PLAN_BYTES))
        LOGGER.debug("the region is read from %s", cache.name)
        return region
    except (OSError, ValueError):
        LOGGER.debug("the region is read from the inventory: no %s", cache.name)
        with pause_collector():
            region = _read_fresh(sources)
        _require_unchanged(sources, digest)
    write_to_cache(cache, dump_region(region), CACHED_REGIONS)
    return region


def _require_unchanged(sources: Sequence[Path], digest: str) -> None:
    """Keep nothing that is half of before an edit and half of after it, nor all of after it under the digest of before.

    Raises:
        InventoryError: the files are no longer those of the digest.
    """
    try:
        unchanged = region_digest(sources) == digest
    except OSError:  # one is gone
        unchanged = False
    if not unchanged:
        raise InventoryError(
            "inventory: found it changed while it was read, expected it to stay as it is: run this again"
        )


def _read_fresh(sources: Sequence[Path]) -> Region:
    """Read and check everything: files, what Ansible makes of them, and whether that fits together."""
    # Imports for 0.1 s, which a read from the cache does not need.
    from nornir_tasks.inventory.incremental import resolve_in_fragments
    from nornir_tasks.inventory.source.source_map import Origins
    from nornir_tasks.model.build import build_region
    from nornir_tasks.model.entries import CENTRE
    from nornir_tasks.model.finding import ModelError

    origins = Origins(sources)
    if origins.fatal:
        raise InventoryErrors([*origins.fatal, *origins.problems])

    def resolve_unchanged(asked: Sequence[Path]) -> dict[str, Any]:
        answer = resolve(asked)
        _require_unchanged(sources, digest)  # before the answer is kept as the fragments'
        return answer

    try:
        digest = region_digest(sources)
        salt = repr(_read_overlay())
        resolved = resolve_in_fragments(sources, _find_cache_folder() / "pieces", salt, resolve_unchanged)
    except InventoryError as error:
        _raise_nearer(error, sources)
        # Ansible's refusal often follows from these problems, and says less about them.
        file_problems = [*origins.problems, *origins.find_unreadable()]
        if file_problems:
            raise InventoryErrors(file_problems) from error
        raise
    if not resolved["_meta"]["hostvars"]:
        raise InventoryError(
            f"inventory: found no host, expected some in {', '.join(str(source) for source in sources)}"
        )
    if MUNICIPALITIES not in resolved and sources[0].is_dir():
        raise InventoryErrors([*origins.problems, _judge_groups(sources[0])])
    problems = [*origins.problems, *origins.find_strays(resolved)]
    if problems and not resolved.get(CENTRE, {}).get("hosts"):
        raise InventoryErrors(problems)  # what is missed of the centre's servers follows from that
    region = None
    try:
        region = build_region(resolved)
    except ModelError as error:
        # An error may show both in the file and in the model: the file's problem is nearer to the cause.
        judged_lines = {problem.subject for problem in problems}
        missing_files, findings = origins.find_missing_files(error.findings)
        problems += missing_files
        located = map(origins.locate, findings)
        problems += [problem for problem in located if problem.subject not in judged_lines]
    if problems or region is None:
        raise InventoryErrors(problems)
    return region


def _raise_nearer(error: InventoryError, sources: Sequence[Path]) -> None:
    """Raise what is wrong without the source that Ansible refused, if anything is: a host without an address, for
    instance, which an overlay's plugin only stumbled over.

    Raises:
        InventoryErrors: it is in the sources before that one.
    """
    for number, source in enumerate(sources):
        blamed = [Path(problem.subject.file) for problem in getattr(error, "problems", ())]
        if number and any(file.absolute().is_relative_to(source.absolute()) for file in blamed):
            try:
                _read_fresh(sources[:number])
            except InventoryErrors as nearer:
                raise nearer from error


def _judge_groups(source: Path) -> "Verdict[SourceLine]":
    """The verdict on an inventory that names no municipality."""
    from nornir_tasks.inventory.problem import format_file, judge_line

    file = source / "groups.yml"
    actual = f"no group {MUNICIPALITIES}" if file.exists() else "no file"
    return judge_line(format_file(file), 0, "", actual, f"the file that names each municipality below {MUNICIPALITIES}")


def resolve(sources: Sequence[Path]) -> dict[str, Any]:
    """What Ansible makes of the sources. Shape: as ``ansible-inventory --list``; equal values are one object."""
    completed = ask([argument for source in sources for argument in ("-i", str(source.absolute()))])
    if completed.returncode:
        from nornir_tasks.inventory.ansible_errors import (
            judge_refusal,  # imported only where Ansible refused
        )

        raise InventoryErrors([judge_refusal(completed.stderr, sources)])
    resolved = parse_listing(completed.stdout)
    values = [json.loads(text) for text in resolved["_meta"]["values"]]
    resolved["_meta"] = {
        "hostvars": {
            host: {key: values[number] for key, number in value_numbers.items()}
            for host, value_numbers in resolved["_meta"]["hosts"].items()
        }
    }
    return resolved


def ask(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The output and exit code of ``ansible_listing``, run as a program of its own."""
    return run_ansible("nornir_tasks.inventory.ansible_listing", arguments)


def run_ansible(module: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The output and exit code of a module that asks Ansible, run as a program of its own.

    Raises:
        InventoryError: it says too much, or does not end.
    """
    # Its standard input is empty: Ansible refuses to start where that is not blocking.
    command, environment = [sys.executable, "-m", module, *arguments], {**make_child_environment(), **STRICT}
    try:
        done = run_program(command, cwd=CHECKOUT, env=environment)
    except AnswerTooLong as error:
        raise InventoryError(f"inventory: Ansible: found {error.strerror}, expected its reading of it") from None
    output, errors = (part.decode(errors="replace") for part in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, output, errors)


def parse_listing(output: str) -> dict[str, Any]:
    """What a module that asks Ansible answers: one line of JSON among what plugins print, and Ansible as it tidies up.

    Raises:
        InventoryError: there is no such line.
    """
    answers = [line for line in output.split("\n") if line.startswith("{") and line.endswith("}")]
    try:
        listing: dict[str, Any] = json.loads(answers[-1])
    except (IndexError, ValueError):
        words = " ".join(output.split())[:LONGEST] or "nothing"
        raise InventoryError(f"inventory: Ansible: found {words}, expected its listing") from None
    return listing


def _walk_files(source: Path) -> Iterator[tuple[Path, str]]:
    """Everything that Ansible may read of a source; beside a file, its folders of variables. As ``walk_folder``."""
    if source.is_dir():
        yield from walk_folder(source)
        return
    yield source, ""
    for folder in (source.parent / name for name in ("group_vars", "host_vars")):
        if folder.is_dir():
            yield from walk_folder(folder)


def _find_cache_folder() -> Path:
    return Path(os.environ.get("FELLESDRIFT_CACHE") or CHECKOUT / ".cache")
