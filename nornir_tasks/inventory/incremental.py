"""Ansible's answer in fragments: after a change in one municipality's files Ansible resolves that municipality alone.

A fragment is an inventory file that says which hosts are in which groups and nothing else; Ansible resolves it
together with every file that belongs to no fragment. Where independence is not certain, Ansible resolves everything.
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
from nornir_tasks.core.bounds import PLAN_BYTES, read_file, read_text
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.inventory.source.source_files import list_files
from nornir_tasks.inventory.source.source_map import VARIABLES, YAML
from nornir_tasks.inventory.source.yaml_nodes import LOADER

Resolved = dict[str, Any]  # as ``ansible-inventory --list`` prints it
Resolve = Callable[[Sequence[Path]], Resolved]
WHOLE_SHARE = 3  # a third of the fragments changed: resolving all of them at once is no slower
CACHED_INVENTORIES = 4  # inventories in the cache


@dataclass
class _Fragment:
    """An inventory file that says which hosts are in which groups, and no more; and the variables of these alone."""

    file: Path
    groups: frozenset[str]
    hosts: tuple[str, ...]  # patterns, as written
    variables: list[Path] = field(default_factory=list)


@dataclass
class _Partition:
    """The files of some sources, divided into fragments and those that any host may have variables from."""

    files: list[tuple[Path, Path]]  # source and file
    fragments: list[_Fragment] = field(default_factory=list)
    private: dict[str, _Fragment] = field(default_factory=dict)  # groups of a single fragment's hosts

    def find_common_files(self) -> list[Path]:
        """The files that belong to no fragment: any host may have variables from them."""
        fragment_files = {file for fragment in self.fragments for file in (fragment.file, *fragment.variables)}
        return [file for _, file in self.files if file not in fragment_files]


def resolve_in_fragments(sources: Sequence[Path], cache: Path, salt: str, resolve: Resolve) -> Resolved:
    """What Ansible makes of the sources, resolving only what has changed since the last call.

    Args:
        sources: inventories; unless all are folders, they are resolved as a whole.
        cache: a folder for the fragments' answers: ``CACHED_INVENTORIES`` files.
        salt: everything beside the files that the answer depends on, such as environment variables.
        resolve: runs Ansible on sources (``load.resolve``). Its errors pass through.

    Returns:
        Shape: as ``ansible-inventory --list``.
    """
    partition = _find_partition(sources)
    if partition is None:
        return resolve(sources)
    code = [Path(__file__), Path(__file__).with_name("ansible_listing.py")]
    groups = repr([(fragment.file.name, sorted(fragment.groups)) for fragment in partition.fragments])
    base = _digest([salt, version("ansible-core"), groups], [*code, *partition.find_common_files()])
    keys = [_digest([base], [fragment.file, *fragment.variables]) for fragment in partition.fragments]
    cache_file = (
        cache
        / f"pieces-{hashlib.sha256(repr([str(source.absolute()) for source in sources]).encode()).hexdigest()}.json"
    )
    try:
        cached = json.loads(read_file(cache_file, PLAN_BYTES))
        answers = cached["pieces"] if cached["base"] == base else {}
    except (OSError, ValueError, LookupError, TypeError):
        answers = {}
    missing_fragments = [
        fragment for fragment, key in zip(partition.fragments, keys, strict=True) if key not in answers
    ]
    if len(missing_fragments) * WHOLE_SHARE >= len(partition.fragments) or not answers:
        resolved = resolve(sources)
        new_answers = _split_answer(resolved, partition, partition.fragments)
        if new_answers is not None:
            tree = {
                group: {**group_entry, "hosts": []} if "hosts" in group_entry else group_entry
                for group, group_entry in resolved.items()
                if group != "_meta"
            }
            write_to_cache(
                cache_file,
                json.dumps({"base": base, "tree": tree, "pieces": dict(zip(keys, new_answers, strict=True))}),
                CACHED_INVENTORIES,
            )
        return resolved
    if missing_fragments:
        try:
            with _link_reduced_sources(partition, sources, missing_fragments) as reduced:
                new_answers = _split_answer(resolve(reduced), partition, missing_fragments)
        except FellesdriftError:
            new_answers = None  # of the whole, Ansible names the file that is at fault
        if new_answers is None:
            return resolve(sources)
        answers.update(
            dict(
                zip(
                    (keys[partition.fragments.index(fragment)] for fragment in missing_fragments),
                    new_answers,
                    strict=True,
                )
            )
        )
        write_to_cache(
            cache_file,
            json.dumps({"base": base, "tree": cached["tree"], "pieces": {key: answers[key] for key in keys}}),
            CACHED_INVENTORIES,
        )
    return _join_answers(cached["tree"], [answers[key] for key in keys])


def _find_partition(sources: Sequence[Path]) -> _Partition | None:
    """The sources divided into fragments; None where there are fewer than two, or a file cannot be read."""
    if not all(source.is_dir() for source in sources):
        return None
    partition = _Partition([(source, file) for source in sources for file in list_files(source)])
    described_groups: set[str] = set()
    for source, file in partition.files:
        parts = file.relative_to(source).parts
        if parts[0] in VARIABLES or file.suffix not in YAML:
            continue
        try:
            root = yaml.compose(read_text(file), Loader=LOADER)
        except (yaml.YAMLError, UnicodeDecodeError):
            return None
        fragment = _find_fragment(file, root)
        if fragment:
            partition.fragments.append(fragment)
        else:
            described_groups |= set(_find_described_groups(root))
    counts = Counter(group for fragment in partition.fragments for group in fragment.groups)
    for fragment in partition.fragments:
        own_groups = {group for group in fragment.groups if counts[group] == 1 and group not in described_groups}
        partition.private.update(dict.fromkeys(own_groups, fragment))
    for source, file in partition.files:
        parts = file.relative_to(source).parts
        if len(parts) > 1 and parts[0] in VARIABLES:
            owner = _find_owner(partition, parts[0], parts[1] if len(parts) > 2 else file.stem)
            if owner:
                owner.variables.append(file)
    return partition if len(partition.fragments) > 1 else None


def _find_fragment(file: Path, root: yaml.Node | None) -> _Fragment | None:
    """The file as a fragment, if all that it says is which hosts are in which groups."""
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return None
    hosts: list[str] = []
    for key, group in root.value:
        if key.value in ("all", "ungrouped", "<<", "plugin") or not isinstance(group, yaml.MappingNode):
            return None
        for part, host_entries in group.value:
            if part.value != "hosts" or not isinstance(host_entries, yaml.MappingNode):
                return None
            hosts += [str(host.value) for host, _ in host_entries.value]
    return _Fragment(file, frozenset(str(key.value) for key, _ in root.value), tuple(hosts))


def _find_described_groups(node: yaml.Node | None) -> Iterator[str]:
    """The groups of which a file says more than the name."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.MappingNode) and value.value:
                yield str(key.value)
                yield from _find_described_groups(value)


def _find_owner(partition: _Partition, kind: str, name: str) -> _Fragment | None:
    """The only fragment whose hosts have the variables of a group or host; None: there are several, or none."""
    if kind == "group_vars":
        return partition.private.get(name)
    claimants = _find_claimants(name, _collect_claims(partition.fragments))
    return partition.fragments[next(iter(claimants))] if len(claimants) == 1 else None


_HostClaims = dict[
    str, list[tuple[re.Pattern[str], int]]
]  # beginning of a host's name to its patterns, with the number of the fragment


def _collect_claims(fragments: Sequence[_Fragment]) -> _HostClaims:
    """The host patterns of each fragment; ``loppa-acc-[01:08]`` matches any host of this form."""
    claims: _HostClaims = {}
    for number, fragment in enumerate(fragments):
        for pattern in dict.fromkeys(fragment.hosts):
            parts = re.split(r"\[[^\]]*\]", pattern)
            regex = re.compile("[0-9a-zA-Z]+".join(map(re.escape, parts)))
            claims.setdefault(parts[0], []).append((regex, number))
    return claims


def _find_claimants(host: str, claims: _HostClaims) -> set[int]:
    """The numbers of the fragments that have a pattern which matches a host."""
    starts = (host[:end] for end in range(len(host) + 1))
    return {number for start in starts for regex, number in claims.get(start, ()) if regex.fullmatch(host)}


def _split_answer(
    resolved: Resolved, partition: _Partition, fragments: Sequence[_Fragment]
) -> list[dict[str, Any]] | None:
    """The answer for each of the fragments; None where they are not independent after all."""
    variables = resolved["_meta"]["hostvars"]
    claims = _collect_claims(partition.fragments)
    places = {id(fragment): place for place, fragment in enumerate(fragments)}
    owners: dict[str, int] = {}
    for host in variables:
        claimant_places = [places.get(id(partition.fragments[number])) for number in _find_claimants(host, claims)]
        if len(claimant_places) != 1 or claimant_places[0] is None:
            return None
        owners[host] = claimant_places[0]
    groups: list[dict[str, list[str]]] = [{} for _ in fragments]
    for group, group_entry in resolved.items():
        for host in group_entry.get("hosts", ()) if group != "_meta" else ():
            if group in partition.private and partition.private[group] is not fragments[owners[host]]:
                return None
            groups[owners[host]].setdefault(group, []).append(host)
    hosts: list[dict[str, dict[str, int]]] = [{} for _ in fragments]
    values: list[dict[int, int]] = [{} for _ in fragments]  # identity to number: equal values are one object
    objects: list[list[Any]] = [[] for _ in fragments]
    for host, host_variables in variables.items():
        owner = owners[host]
        record = hosts[owner][host] = {}
        for key, value in host_variables.items():
            if id(value) not in values[owner]:
                values[owner][id(value)] = len(objects[owner])
                objects[owner].append(value)
            record[key] = values[owner][id(value)]
    return [
        {"groups": group_hosts, "hosts": records, "values": [json.dumps(value) for value in fragment_values]}
        for group_hosts, records, fragment_values in zip(groups, hosts, objects, strict=True)
    ]


def _join_answers(tree: dict[str, Any], fragments: Sequence[dict[str, Any]]) -> Resolved:
    """The answer as a whole, as Ansible would have given it."""
    objects: dict[str, Any] = {}
    resolved: Resolved = {group: dict(group_entry) for group, group_entry in tree.items()}
    for group_entry in resolved.values():
        if "hosts" in group_entry:
            group_entry["hosts"] = []
    variables: dict[str, dict[str, Any]] = {}
    for fragment in fragments:
        for text in fragment["values"]:
            if text not in objects:
                objects[text] = json.loads(text)
        values = [objects[text] for text in fragment["values"]]
        for host, value_numbers in fragment["hosts"].items():
            variables[host] = {key: values[number] for key, number in value_numbers.items()}
        for group, hosts in fragment["groups"].items():
            resolved.setdefault(group, {}).setdefault("hosts", []).extend(hosts)
    return {
        "_meta": {"hostvars": variables},
        **{group: group_entry for group, group_entry in resolved.items() if group_entry},
    }


@contextmanager
def _link_reduced_sources(
    partition: _Partition, sources: Sequence[Path], wanted_fragments: Sequence[_Fragment]
) -> Iterator[list[Path]]:
    """The sources as folders of links, without the fragments that are not wanted; they are gone afterwards."""
    left_out = {
        file
        for fragment in partition.fragments
        if fragment not in wanted_fragments
        for file in (fragment.file, *fragment.variables)
    }
    with tempfile.TemporaryDirectory(prefix="fellesdrift-pieces-") as folder:
        roots = {source: Path(folder) / f"{number}-{source.name}" for number, source in enumerate(sources)}
        for source, file in partition.files:
            if file not in left_out:
                link = roots[source] / file.relative_to(source)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file.absolute())
        yield list(roots.values())


def _digest(texts: Sequence[str], files: Sequence[Path]) -> str:
    digest = hashlib.sha256(os.fsencode("\0".join(texts)))
    for file in files:
        digest.update(os.fsencode(f"\0{file}\0") + read_file(file))
    return digest.hexdigest()
