"""Ansible's answer in pieces: a change in one municipality's files asks Ansible for that municipality alone.

Ansible resolves: a piece is an inventory file that says which hosts are in which groups and nothing else, and it is
resolved beside everything that is no piece. What is not sure to be independent is asked for as a whole.
"""

import hashlib
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from nornir_tasks.core.atomic_write import write_to_cache
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.inventory.source.source_files import files
from nornir_tasks.inventory.source.source_map import VARIABLES, YAML
from nornir_tasks.inventory.source.yaml_nodes import LOADER

Resolved = dict[str, Any]  # as ``ansible-inventory --list`` prints it
Resolve = Callable[[Sequence[Path]], Resolved]
SHARE = 3  # a third of the pieces changed: then all are asked for at once, which is no slower
KEPT = 4  # inventories in the cache


@dataclass
class _Piece:
    """An inventory file that says which hosts are in which groups, and no more; and the variables of these alone."""

    file: Path
    groups: frozenset[str]
    hosts: tuple[str, ...]  # patterns, as written
    variables: list[Path] = field(default_factory=list)


@dataclass
class _Division:
    """The files of some sources. ``common`` are those that may say something of any host."""

    files: list[tuple[Path, Path]]  # source and file
    pieces: list[_Piece] = field(default_factory=list)
    private: dict[str, _Piece] = field(default_factory=dict)  # groups of one piece's hosts alone

    def common(self) -> list[Path]:
        """The files that are no piece's."""
        mine = {file for piece in self.pieces for file in (piece.file, *piece.variables)}
        return [file for _, file in self.files if file not in mine]


def in_pieces(sources: Sequence[Path], cache: Path, salt: str, resolve: Resolve) -> Resolved:
    """What Ansible makes of the sources, asked only for what has changed since it was asked last.

    Args:
        cache: a folder for what is kept.
        salt: whatever else the answer depends on.
        resolve: asks Ansible. Its errors pass through.
    """
    division = _divide(sources)
    if division is None:
        return resolve(sources)
    code = [Path(__file__), Path(__file__).with_name("ansible_listing.py")]
    groups = repr([(piece.file.name, sorted(piece.groups)) for piece in division.pieces])
    base = _digest([salt, version("ansible-core"), groups], [*code, *division.common()])
    keys = [_digest([base], [piece.file, *piece.variables]) for piece in division.pieces]
    file = cache / f"pieces-{hashlib.sha256(repr([str(one.absolute()) for one in sources]).encode()).hexdigest()}.json"
    try:
        kept = json.loads(file.read_bytes())
        known = kept["pieces"] if kept["base"] == base else {}
    except (OSError, ValueError, LookupError, TypeError):
        known = {}
    missing = [piece for piece, key in zip(division.pieces, keys, strict=True) if key not in known]
    if len(missing) * SHARE >= len(division.pieces) or not known:
        found = resolve(sources)
        split = _split(found, division, division.pieces)
        if split is not None:
            tree = {
                group: {**said, "hosts": []} if "hosts" in said else said
                for group, said in found.items()
                if group != "_meta"
            }
            write_to_cache(
                file, json.dumps({"base": base, "tree": tree, "pieces": dict(zip(keys, split, strict=True))}), KEPT
            )
        return found
    if missing:
        try:
            with _beside(division, sources, missing) as reduced:
                split = _split(resolve(reduced), division, missing)
        except FellesdriftError:
            split = None  # of the whole, Ansible names the file that is at fault
        if split is None:
            return resolve(sources)
        known.update(dict(zip((keys[division.pieces.index(one)] for one in missing), split, strict=True)))
        write_to_cache(
            file, json.dumps({"base": base, "tree": kept["tree"], "pieces": {key: known[key] for key in keys}}), KEPT
        )
    return _joined(kept["tree"], [known[key] for key in keys])


def _divide(sources: Sequence[Path]) -> _Division | None:
    """The pieces of some sources; None where there are none, or what is there cannot be told apart."""
    if not all(source.is_dir() for source in sources):
        return None
    division = _Division([(source, file) for source in sources for file in files(source)])
    described: set[str] = set()
    for source, file in division.files:
        parts = file.relative_to(source).parts
        if parts[0] in VARIABLES or file.suffix not in YAML:
            continue
        try:
            root = yaml.compose(file.read_text(encoding="utf-8"), Loader=LOADER)
        except (yaml.YAMLError, UnicodeDecodeError):
            return None
        piece = _piece(file, root)
        if piece:
            division.pieces.append(piece)
        else:
            described |= set(_described(root))
    counted = Counter(group for piece in division.pieces for group in piece.groups)
    for piece in division.pieces:
        mine = {group for group in piece.groups if counted[group] == 1 and group not in described}
        division.private.update(dict.fromkeys(mine, piece))
    for source, file in division.files:
        parts = file.relative_to(source).parts
        if len(parts) > 1 and parts[0] in VARIABLES:
            owner = _owner(division, parts[0], parts[1] if len(parts) > 2 else file.stem)
            if owner:
                owner.variables.append(file)
    return division if len(division.pieces) > 1 else None


def _piece(file: Path, root: yaml.Node | None) -> _Piece | None:
    """The file as a piece, if all that it says is which hosts are in which groups."""
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return None
    hosts: list[str] = []
    for key, group in root.value:
        if key.value in ("all", "ungrouped", "<<", "plugin") or not isinstance(group, yaml.MappingNode):
            return None
        for part, some in group.value:
            if part.value != "hosts" or not isinstance(some, yaml.MappingNode):
                return None
            hosts += [str(host.value) for host, _ in some.value]
    return _Piece(file, frozenset(str(key.value) for key, _ in root.value), tuple(hosts))


def _described(node: yaml.Node | None) -> Iterator[str]:
    """Groups of a file of which it says more than the name."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.MappingNode) and value.value:
                yield str(key.value)
                yield from _described(value)


def _owner(division: _Division, kind: str, name: str) -> _Piece | None:
    """The piece whose hosts alone have the variables of a group or host."""
    if kind == "group_vars":
        return division.private.get(name)
    owners = _claims(name, _claimed(division.pieces))
    return division.pieces[next(iter(owners))] if len(owners) == 1 else None


_Claimed = dict[str, list[tuple[re.Pattern[str], int]]]  # what a host's name begins with; its pattern, and whose it is


def _claimed(pieces: Sequence[_Piece]) -> _Claimed:
    """Who names which hosts; ``loppa-acc-[01:08]`` may be any host of this form."""
    found: _Claimed = {}
    for number, piece in enumerate(pieces):
        for pattern in dict.fromkeys(piece.hosts):
            parts = re.split(r"\[[^\]]*\]", pattern)
            form = re.compile("[0-9a-zA-Z]+".join(map(re.escape, parts)))
            found.setdefault(parts[0], []).append((form, number))
    return found


def _claims(host: str, claimed: _Claimed) -> set[int]:
    """The pieces that may have a host among theirs."""
    starts = (host[:end] for end in range(len(host) + 1))
    return {number for start in starts for form, number in claimed.get(start, ()) if form.fullmatch(host)}


def _split(found: Resolved, division: _Division, pieces: Sequence[_Piece]) -> list[dict[str, Any]] | None:
    """The answer for each of the pieces; None where they are not independent after all."""
    variables = found["_meta"]["hostvars"]
    claimed = _claimed(division.pieces)
    places = {id(piece): place for place, piece in enumerate(pieces)}
    owners: dict[str, int] = {}
    for host in variables:
        mine = [places.get(id(division.pieces[number])) for number in _claims(host, claimed)]
        if len(mine) != 1 or mine[0] is None:
            return None
        owners[host] = mine[0]
    groups: list[dict[str, list[str]]] = [{} for _ in pieces]
    for group, said in found.items():
        for host in said.get("hosts", ()) if group != "_meta" else ():
            if group in division.private and division.private[group] is not pieces[owners[host]]:
                return None
            groups[owners[host]].setdefault(group, []).append(host)
    hosts: list[dict[str, dict[str, int]]] = [{} for _ in pieces]
    values: list[dict[int, int]] = [{} for _ in pieces]  # identity to number: equal values are one object
    objects: list[list[Any]] = [[] for _ in pieces]
    for host, said in variables.items():
        at = owners[host]
        record = hosts[at][host] = {}
        for key, value in said.items():
            if id(value) not in values[at]:
                values[at][id(value)] = len(objects[at])
                objects[at].append(value)
            record[key] = values[at][id(value)]
    return [
        {"groups": some, "hosts": records, "values": [json.dumps(value) for value in those]}
        for some, records, those in zip(groups, hosts, objects, strict=True)
    ]


def _joined(tree: dict[str, Any], pieces: Sequence[dict[str, Any]]) -> Resolved:
    """The answer as a whole, as Ansible would have given it."""
    objects: dict[str, Any] = {}
    found: Resolved = {group: dict(said) for group, said in tree.items()}
    for said in found.values():
        if "hosts" in said:
            said["hosts"] = []
    variables: dict[str, dict[str, Any]] = {}
    for piece in pieces:
        for text in piece["values"]:
            if text not in objects:
                objects[text] = json.loads(text)
        values = [objects[text] for text in piece["values"]]
        for host, mine in piece["hosts"].items():
            variables[host] = {key: values[number] for key, number in mine.items()}
        for group, hosts in piece["groups"].items():
            found.setdefault(group, {}).setdefault("hosts", []).extend(hosts)
    return {"_meta": {"hostvars": variables}, **{group: said for group, said in found.items() if said}}


@contextmanager
def _beside(division: _Division, sources: Sequence[Path], wanted: Sequence[_Piece]) -> Iterator[list[Path]]:
    """The sources as they are, without the pieces that are not wanted."""
    left = {file for piece in division.pieces if piece not in wanted for file in (piece.file, *piece.variables)}
    with tempfile.TemporaryDirectory(prefix="fellesdrift-pieces-") as place:
        roots = {source: Path(place) / f"{number}-{source.name}" for number, source in enumerate(sources)}
        for source, file in division.files:
            if file not in left:
                link = roots[source] / file.relative_to(source)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file.absolute())
        yield list(roots.values())


def _digest(words: Sequence[str], files: Sequence[Path]) -> str:
    digest = hashlib.sha256(os.fsencode("\0".join(words)))
    for file in files:
        digest.update(os.fsencode(f"\0{file}\0") + file.read_bytes())
    return digest.hexdigest()
