"""The inventory as it was in a git revision, in files of its own, so that Ansible reads it as it reads any other.

The program ``git`` does it: ``git archive`` gives a tree with its modes (a source may be a script) in one call, from a
shallow clone as well, and touches neither work tree nor index. GitPython would start the same program; dulwich
would resolve a revision's name by rules of its own.
"""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nornir_tasks.core.bounds import AnswerTooLong, run_program
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import FellesdriftError

BESIDE = ("group_vars", "host_vars")  # of a source that is a file


class RevisionError(FellesdriftError):
    """A revision cannot be read; the text names it, and what to do."""


@contextmanager
def unpack_sources(sources: Sequence[Path], revision: str) -> Iterator[tuple[Path, ...]]:
    """The sources as they were; none of them: there was no inventory yet.

    A source from outside the first one's repository is given as it is: it has no history here.

    Raises:
        RevisionError: there is no repository, or no such revision in it.
    """
    root = _find_root(sources[0])
    commit = resolve_revision(root, revision)
    with tempfile.TemporaryDirectory(prefix="fellesdrift-revision-") as folder:
        unpack_root, old_sources = Path(folder).resolve(), list[Path]()
        for source in sources:
            full = source.resolve()
            if not full.is_relative_to(root):
                old_sources.append(source)
            elif _unpack(root, commit, full, unpack_root):
                old_sources.append(unpack_root / full.relative_to(root))
        if not any(path.is_relative_to(unpack_root) for path in old_sources):
            old_sources = []
        yield tuple(old_sources)


def resolve_revision(root: Path, revision: str) -> str:
    """The commit that a revision's name means.

    Raises:
        RevisionError: no commit, branch or tag has this name.
    """
    # A name that begins with a dash would be an option.
    completed = (
        None
        if revision.startswith("-")
        else _run_git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    )
    if completed is not None and completed.returncode == 0:
        return completed.stdout.decode().strip()
    advice = "`git log --oneline` lists what there is"
    if _run_git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        advice = (
            "this clone is shallow and holds the last commits only: `git fetch --unshallow`, "
            "or in CI fetch with the full history (fetch-depth: 0)"
        )
    raise RevisionError(f"diff: found no revision {revision!r} in {root}, expected a commit, branch or tag; {advice}")


def format_revision(sources: Sequence[Path], revision: str) -> str:
    """A revision's name for people: ``main (83dd3f2)``."""
    root = _find_root(sources[0])
    commit = _run_git(root, "rev-parse", "--short", resolve_revision(root, revision)).stdout.decode().strip()
    return revision if commit.startswith(revision) or revision.startswith(commit) else f"{revision} ({commit})"


def _find_root(source: Path) -> Path:
    """The work tree that a source stands in."""
    folder = source.resolve()
    while not folder.is_dir():  # a file, or what is no longer there
        folder = folder.parent
    completed = _run_git(folder, "rev-parse", "--show-toplevel")
    if completed.returncode:
        raise RevisionError(
            f"diff: found {source} in no git repository ({_read_error_text(completed)}), expected one; "
            "only there it has revisions"
        )
    return Path(completed.stdout.decode().strip()).resolve()


def _unpack(root: Path, commit: str, source: Path, unpack_root: Path) -> bool:
    """Write a source as it was in a commit below ``unpack_root``; False: the commit does not have it."""
    paths = [source, *(source.parent / name for name in BESIDE if not source.is_dir())]
    names = [path.relative_to(root).as_posix() for path in paths if _has_path(root, commit, path)]
    if source.relative_to(root).as_posix() not in names:
        return False
    completed = _run_git(root, "archive", "--format=tar", commit, "--", *names)
    if completed.returncode:
        raise RevisionError(f"diff: git archive {commit[:12]}: {_read_error_text(completed)}")
    with tarfile.open(fileobj=io.BytesIO(completed.stdout)) as archive:
        for member in archive:
            _extract(archive, member, unpack_root, commit)
    return True


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, unpack_root: Path, commit: str) -> None:
    """Write a file, a folder or a link that stays inside. (``tarfile`` itself learned that only in Python 3.11.4.)"""
    place = unpack_root / member.name
    target = place.parent / member.linkname if member.issym() else place
    if not all(path.resolve().is_relative_to(unpack_root) for path in (place, target)):
        raise RevisionError(
            f"diff: {commit[:12]}: {member.name}: found a link to {member.linkname or 'another place'}, expected one "
            "that stays in the repository"
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        place.symlink_to(member.linkname)
    elif content := archive.extractfile(member):
        place.write_bytes(content.read())
    else:
        place.mkdir(exist_ok=True)


def _has_path(root: Path, commit: str, path: Path) -> bool:
    name = path.relative_to(root).as_posix()
    return name == "." or _run_git(root, "cat-file", "-e", f"{commit}:{name}").returncode == 0


def _run_git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # In a hook, git names its own repository in the environment, by a path that holds in another folder.
    own_environment = {name: value for name, value in make_child_environment().items() if not name.startswith("GIT_")}
    try:
        return run_program(["git", "-C", str(folder), *arguments], env={**own_environment, "LC_ALL": "C"})
    except AnswerTooLong as error:
        raise RevisionError(f"diff: git {arguments[0]}: {error.strerror}, expected an inventory") from None
    except FileNotFoundError:
        raise RevisionError("diff: found no program git; install it: apt-get install git") from None


def _read_error_text(completed: subprocess.CompletedProcess[bytes]) -> str:
    return completed.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
