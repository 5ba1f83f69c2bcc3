"""The municipalities as witnesses: each may have every checkpoint, in a folder or a git repository of its own.

A witness that cannot be reached stops nothing: it is told, and gets what it lacks with the next checkpoint.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from nornir_tasks.core import atomic_write, state
from nornir_tasks.core.bounds import MB, AnswerTooLong, read_file, run_program
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.journal.database import JournalError
from nornir_tasks.journal.journal import Journal
from nornir_tasks.journal.notary import Notary
from nornir_tasks.journal.verification import Witnessed, list_checkpoints
from nornir_tasks.model import Region

SECONDS = 20  # for each question to git; witnesses are asked side by side
BRANCH = "main"  # of a repository that is still empty
PLAIN = ("-c", "user.name=fellesdrift", "-c", "user.email=fellesdrift@localhost", "-c", "commit.gpgsign=false")
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:https:ssh", "LC_ALL": "C"}
SSH = "ssh -o BatchMode=yes -o ConnectTimeout=10"  # unless GIT_SSH_COMMAND says otherwise


class WitnessError(FellesdriftError):
    """A witness that could not be reached: says which, and why."""


@dataclass(frozen=True)
class Witness:
    """Where a municipality wants the checkpoints."""

    owner: str
    place: str  # a folder, or the address of a git repository

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, and no repository."""
        return self.place.startswith("/")


def list_witnesses(region: Region) -> list[Witness]:
    """Every witness that the inventory names."""
    return [Witness(home.name, home.witness) for home in region.municipalities.values() if home.witness]


def send_checkpoint(journal: Journal, region: Region) -> tuple[str, ...]:
    """Sign a checkpoint of all that the journal holds, and give every witness those that it lacks.

    Args:
        journal: with its state directory; without one there is nothing to send.
        region: names the witnesses.

    Returns:
        What did not get there, and why; empty if all did.
    """
    notary = journal.notary
    if notary is None:
        return ()
    try:
        journal.sign_checkpoint()
    except JournalError as error:
        return (f"No checkpoint was signed: {error}",)

    def give(witness: Witness) -> None:
        if witness.is_folder:
            _copy(notary.folder, Path(witness.place))
        else:
            _push(notary, witness)

    failures = _ask_all(list_witnesses(region), give)
    advice = "What it lacks goes with the next checkpoint: nothing else waits for it."
    return tuple(f"{words}. {advice}" for words in failures)


def collect(notary: Notary, region: Region) -> tuple[list[Witnessed], tuple[str, ...]]:
    """The checkpoints that the witnesses have, and why some could not be asked."""
    collected: list[Witnessed] = []

    def take(witness: Witness) -> None:
        folder = Path(witness.place) if witness.is_folder else notary.where / "witnesses" / witness.owner
        if not witness.is_folder:
            with state.hold_folder(folder):
                _fetch(folder, witness)
        if not folder.is_dir():
            raise WitnessError("expected a folder, found none")
        collected.extend(list_checkpoints(folder, witness.owner))

    failures = _ask_all(list_witnesses(region), take)
    return sorted(collected, key=lambda evidence: evidence.source), tuple(f"{words}." for words in failures)


def _ask_all(witnesses: list[Witness], work: Callable[[Witness], None]) -> list[str]:
    """Do it for each of them, side by side; the answer says what failed."""

    def attempt(witness: Witness) -> str:
        try:
            work(witness)
        except (FellesdriftError, OSError) as error:
            words = error.strerror if isinstance(error, OSError) else str(error)
            return f"{witness.owner}'s witness {witness.place}: {words}"
        return ""

    if not witnesses:
        return []
    with ThreadPoolExecutor(len(witnesses)) as pool:
        return [words for words in pool.map(attempt, witnesses) if words]


def _copy(ours: Path, theirs: Path) -> list[str]:
    """Copy the checkpoints that a folder lacks; the answer names them. What is there is never written over."""
    if not theirs.is_dir():
        raise WitnessError("expected a folder, found none")
    files = sorted(ours.glob("*.checkpoint"))
    present = {file.name for file in theirs.glob("*.checkpoint")}
    lacking = {theirs / file.name: read_file(file) for file in files if file.name not in present}
    atomic_write.write(lacking)
    if files and read_file(theirs / files[-1].name) != read_file(files[-1]):
        raise WitnessError(f"expected our {files[-1].name}, found another of this name: scripts/change.py verify")
    return [file.name for file in lacking]


def _push(notary: Notary, witness: Witness) -> None:
    """Commit what a repository lacks, and push it; again, if another control node was quicker."""
    clone = notary.where / "witnesses" / witness.owner
    with state.hold_folder(clone):
        for last in (False, True):
            _fetch(clone, witness)
            names = _copy(notary.folder, clone)
            if not names:
                return
            _git(clone, "add", "--", *names)
            _git(clone, "commit", "-q", "-m", f"{names[-1]}: the journal of the operations centre")
            branch = _git(clone, "symbolic-ref", "--short", "HEAD").strip()
            try:
                _git(clone, "push", "-q", witness.place, f"HEAD:refs/heads/{branch}")
                return
            except WitnessError:
                if last:
                    raise


def _fetch(clone: Path, witness: Witness) -> None:
    """Make a folder hold what the repository does at its newest commit, and nothing that never got there."""
    if not (clone / ".git").is_dir():
        _git(clone, "init", "-q", "--template=", f"--initial-branch={BRANCH}")
    if branch := _find_branch(clone, witness):
        _git(clone, "fetch", "-q", "--depth=1", "--no-tags", witness.place, f"refs/heads/{branch}")
        _git(clone, "checkout", "-q", "--force", "-B", branch, "FETCH_HEAD")
    else:  # a repository without a commit
        _git(clone, "update-ref", "-d", "HEAD")
        _git(clone, "read-tree", "--empty")
    _git(clone, "clean", "-q", "-d", "--force")


def _find_branch(clone: Path, witness: Witness) -> str:
    """The branch that the repository's HEAD names, or else ours; empty while neither has a commit."""
    answer = _git(clone, "ls-remote", "--symref", witness.place, "HEAD", f"refs/heads/{BRANCH}")
    names: dict[str, str] = {}
    for line in answer.splitlines():  # of HEAD there are two: what it names, and then the commit
        what, _, name = line.partition("\t")
        names.setdefault(name, what)
    if names.get("HEAD", "").startswith("ref: refs/heads/"):
        return names["HEAD"].removeprefix("ref: refs/heads/")
    return BRANCH if f"refs/heads/{BRANCH}" in names else ""


def _git(folder: Path, *arguments: str) -> str:
    """What git answers.

    Raises:
        WitnessError: it fails, or does not answer in time; with its own words.
    """
    # Whoever is started by a hook of git must not work on that hook's repository.
    own = {name: value for name, value in make_child_environment().items() if not name.startswith("GIT_")}
    environment = {**own, **QUIET, "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", SSH)}
    command = ["git", "-C", str(folder), *PLAIN, *arguments]
    try:
        done = run_program(command, env=environment, limit=MB, seconds=SECONDS)
    except AnswerTooLong as error:
        raise WitnessError(f"git {arguments[0]}: {error.strerror}") from None
    except FileNotFoundError:
        raise WitnessError("expected the program git, found none: apt-get install git") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        raise WitnessError(f"git {arguments[0]}: {lines[0].rstrip('.') if lines else f'ended with {done.returncode}'}")
    return done.stdout.decode(errors="replace")
