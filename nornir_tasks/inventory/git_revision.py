"""The inventory as it was in a git revision, in files of its own, so that Ansible reads it as it reads any other.

The program ``git`` does it: ``git archive`` gives a tree with its modes (a source may be a script) in one call, from a
shallow clone as well, and touches neither work tree nor index. GitPython would start the same program, and dulwich
would be a second opinion of what a revision's name means.
"""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import FellesdriftError

BESIDE = ("group_vars", "host_vars")  # of a source that is a file


class RevisionError(FellesdriftError):
    """A revision cannot be read: names it, and what to do."""


@contextmanager
def sources_at(sources: Sequence[Path], revision: str) -> Iterator[tuple[Path, ...]]:
    """The sources as they were; none of them: there was no inventory yet.

    A source from outside the first one's repository is given as it is: it has no history here.

    Raises:
        RevisionError: there is no repository, or no such revision in it.
    """
    root = _root(sources[0])
    commit = resolve(root, revision)
    with tempfile.TemporaryDirectory(prefix="fellesdrift-revision-") as place:
        there, was = Path(place).resolve(), list[Path]()
        for source in sources:
            full = source.resolve()
            if not full.is_relative_to(root):
                was.append(source)
            elif _unpack(root, commit, full, there):
                was.append(there / full.relative_to(root))
        if not any(path.is_relative_to(there) for path in was):
            was = []
        yield tuple(was)


def resolve(root: Path, revision: str) -> str:
    """The commit that a revision's name means.

    Raises:
        RevisionError: nothing here is called so.
    """
    # A name that begins with a dash would be an option.
    done = (
        None if revision.startswith("-") else _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    )
    if done is not None and done.returncode == 0:
        return done.stdout.decode().strip()
    advice = "`git log --oneline` lists what there is"
    if _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        advice = (
            "this clone is shallow and holds the last commits only: `git fetch --unshallow`, "
            "or in CI fetch with the full history (fetch-depth: 0)"
        )
    raise RevisionError(f"diff: found no revision {revision!r} in {root}, expected a commit, branch or tag; {advice}")


def short(sources: Sequence[Path], revision: str) -> str:
    """A revision's name for people: ``main (83dd3f2)``."""
    root = _root(sources[0])
    commit = _git(root, "rev-parse", "--short", resolve(root, revision)).stdout.decode().strip()
    return revision if commit.startswith(revision) or revision.startswith(commit) else f"{revision} ({commit})"


def _root(source: Path) -> Path:
    """The work tree that a source stands in."""
    folder = source.resolve()
    while not folder.is_dir():  # a file, or what is no longer there
        folder = folder.parent
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise RevisionError(
            f"diff: found {source} in no git repository ({_words(done)}), expected one; only there it has revisions"
        )
    return Path(done.stdout.decode().strip()).resolve()


def _unpack(root: Path, commit: str, source: Path, there: Path) -> bool:
    """Write a source as it was; whether there was any."""
    wanted = [source, *(source.parent / name for name in BESIDE if not source.is_dir())]
    found = [path.relative_to(root).as_posix() for path in wanted if _has(root, commit, path)]
    if source.relative_to(root).as_posix() not in found:
        return False
    done = _git(root, "archive", "--format=tar", commit, "--", *found)
    if done.returncode:
        raise RevisionError(f"diff: git archive {commit[:12]}: {_words(done)}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(there, filter="data")
    return True


def _has(root: Path, commit: str, path: Path) -> bool:
    name = path.relative_to(root).as_posix()
    return name == "." or _git(root, "cat-file", "-e", f"{commit}:{name}").returncode == 0


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # In a hook, git names its own repository in the environment, by a path that holds in another folder.
    mine = {name: value for name, value in make_child_environment().items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env={**mine, "LC_ALL": "C"},
            check=False,
        )
    except FileNotFoundError:
        raise RevisionError("diff: found no program git; install it: apt-get install git") from None


def _words(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
