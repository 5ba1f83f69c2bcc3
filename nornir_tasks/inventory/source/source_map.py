"""Where in the inventory's files something stands, found as Ansible would: who overrides whom, from the top."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.inventory.problem import SourceLine, format_file, judge_line
from nornir_tasks.inventory.source.source_files import A_FOLDER, YAML, walk_folder
from nornir_tasks.inventory.source.usual_files import USUAL_FILES, find_usual_file
from nornir_tasks.inventory.source.yaml_errors import describe_undecodable, describe_unparsable, find_too_deep_line
from nornir_tasks.inventory.source.yaml_lint import find_issues
from nornir_tasks.inventory.source.yaml_nodes import (
    LOADER,
    YamlIssue,
    describe_node,
    find_deepest,
    is_mapping,
    list_items,
    list_pairs,
    read_line_number,
)
from nornir_tasks.inventory.source.yaml_values import count_values, find_unreadable_nodes, has_sound_range
from nornir_tasks.model.check.cabling import expect_trunk
from nornir_tasks.model.finding import Path as KeyPath
from nornir_tasks.model.finding import Variable, format_path, format_value, suggest_nearest

VARIABLES = ("group_vars", "host_vars")
NOTE_SUFFIXES = (".md", ".txt", ".rst")  # for people
PRIORITY = "ansible_group_priority"  # said of a group in an inventory; in its group_vars it does nothing
PARTS = ("hosts", "children", "vars")  # of a group
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")  # of a group; Ansible takes others, and warns
MAX_VALUES = 1_000_000  # values in a file, each as often as aliases name it


@dataclass(frozen=True)
class _Document:
    """A YAML file of a source. ``kind`` is group_vars, host_vars or inventory; ``name`` the group or host."""

    source: int
    file: Path
    kind: str
    name: str
    root: yaml.Node | None


@dataclass(frozen=True)
class _VariableMapping:
    """A mapping of variables in a file; ``label`` goes before their names in a message."""

    document: _Document
    node: yaml.Node
    label: str = ""


class _PatternEntry(NamedTuple):
    """A host, or a range of hosts, as a group of an inventory file names it."""

    group: str
    pattern: str  # loppa-acc-[01:08]
    key: yaml.Node
    variables: _VariableMapping


@dataclass
class Origins:
    """The YAML files of some sources. ``problems`` are those of the files themselves; with ``fatal`` ones Ansible need
    not be asked; ``warnings`` do not keep the region from being read."""

    sources: Sequence[Path]
    fatal: list[Verdict[SourceLine]] = field(default_factory=list)
    problems: list[Verdict[SourceLine]] = field(default_factory=list)
    warnings: list[Verdict[SourceLine]] = field(default_factory=list)
    _documents: list[_Document] = field(default_factory=list)
    _entries: list[_PatternEntry] = field(default_factory=list)
    _groups: dict[str, list[tuple[yaml.Node, _Document]]] = field(default_factory=dict)  # where each is described
    _refused_hosts: set[str] = field(default_factory=set)
    _inline: dict[str, list[_VariableMapping]] = field(default_factory=dict)  # `vars` of groups in inventory files
    _parents: dict[str, set[str]] = field(default_factory=dict)
    _priorities: dict[str, int] = field(default_factory=dict)  # 1, where none is said
    _mappings_by_scope: dict[str, list[_VariableMapping]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, source in enumerate(self.sources):
            for file, kind, name in self._list_files(source):
                self._read_file(number, file, kind, name)
        self._find_duplicates()

    def locate(self, finding: Verdict[Variable]) -> Verdict[SourceLine]:
        """The finding, with the file and the line that it comes from."""
        for mapping in self._list_mappings(finding.subject.scope) if finding.subject.path else ():
            node, depth = find_deepest(mapping.node, finding.subject.path)
            if depth:
                return self._locate_at_node(mapping, node, finding)
        return self._locate_missing(finding)

    def find_line(self, file: Path, scope: str, path: Sequence[str | int], default_line: int = 0) -> int:
        """The line, from 1, in which a file gives a variable (or the deepest part of it that is there).

        Args:
            file: one of the sources' files, as Ansible names it.
            scope: the host or group whose variable it is.
            path: the way to the part of the variable that is meant; numbers may be text.
            default_line: where Ansible says that the variable is: chooses among a file's several places, and is
                the answer where the file has none; 0: Ansible does not say.
        """
        steps = tuple(int(part) if str(part).isdecimal() else part for part in path)
        for mapping in self._list_mappings(scope):
            if mapping.document.file.absolute() == file.absolute():
                marking_node, depth = find_deepest(mapping.node, steps[:1])
                if depth and (
                    mapping.document.kind != "inventory" or default_line in (0, read_line_number(marking_node))
                ):
                    return read_line_number(find_deepest(mapping.node, steps)[0])
        return default_line

    def find_strays(self, resolved: Mapping[str, Any]) -> Iterator[Verdict[SourceLine]]:
        """A finding for each folder of variables whose group or host there is not: Ansible silently ignores it.

        Shape of ``resolved``: that of ``ansible-inventory --list``.
        """
        hosts = set(resolved["_meta"]["hostvars"])
        names_by_kind = {"group_vars": {*resolved, *self._groups, "all", "ungrouped"} - {"_meta"}, "host_vars": hosts}
        groups_with_hosts = {
            "all",
            "ungrouped",
            *self._collect_ancestors(group for group, group_entry in resolved.items() if group_entry.get("hosts")),
        }
        seen: set[tuple[str, str]] = set()
        for document in self._documents:
            kind, name = document.kind, document.name
            names = names_by_kind.get(kind)
            if names is None or (kind, name) in seen:
                continue
            seen.add((kind, name))
            folder = format_file(document.file if document.file.parent.name in VARIABLES else document.file.parent)
            if name not in names:
                expected = f"a {kind.removesuffix('_vars')} that is there"
                yield judge_line(folder, 0, "", f"variables of {name!r}", expected, suggest_nearest(name, names))
            elif kind == "group_vars" and name not in groups_with_hosts:
                advice = f"is the file that says them empty or gone? If {name} is over, take these away"
                yield judge_line(folder, 0, "", f"variables of {name}, which has no hosts", "hosts of it", advice)

    def _read_file(self, source: int, file: Path, kind: str, name: str) -> None:
        root, value_counts = None, dict[int, int]()
        try:
            raw = read_file(file)
            text = raw.decode("utf-8")
            root = yaml.compose(text, Loader=LOADER)
            count = count_values(root, value_counts) if root else 0
        except OSError as error:
            self._add_unreadable(file, error)
            return
        except UnicodeDecodeError as error:
            line, actual, advice = describe_undecodable(raw, error)
            self.fatal.append(judge_line(format_file(file), line, "", actual, "YAML in UTF-8", advice))
            return
        except yaml.YAMLError as error:
            line, actual, advice = describe_unparsable(text, error)
            self.fatal.append(judge_line(format_file(file), line, "", actual, "YAML", advice))
            return
        except RecursionError:
            location = format_file(file), find_too_deep_line(text), ""
            self.fatal.append(judge_line(*location, "values within values", "at most some hundred deep"))
            return
        if count > MAX_VALUES and root:
            line = next(
                (
                    read_line_number(key)
                    for key, value in list_pairs(root)
                    if value_counts.get(id(value), 0) > MAX_VALUES
                ),
                1,
            )
            actual = f"aliases that unfold to {count} values"
            self.fatal.append(
                judge_line(format_file(file), line, "", actual, f"at most {MAX_VALUES}", "write out what is meant")
            )
            return
        if isinstance(root, yaml.ScalarNode) and not root.value:
            root = None  # comments alone
        if root is None and (kind == "inventory" or file.suffix):
            advice = "fill it again, or take it away"
            expected = "groups and their hosts" if kind == "inventory" else "variables, each as `name: value`"
            self.fatal.append(judge_line(format_file(file), 1, "", "nothing", expected, advice))
            return
        document = _Document(source, file, kind, name, root)
        self._documents.append(document)
        if root is None:
            return
        if not isinstance(root, yaml.MappingNode):
            actual, expected, advice = (
                format_value(describe_node(root)),
                "a mapping of names to values",
                "each line is `name: value`",
            )
            if str(root.value).startswith("$ANSIBLE_VAULT"):
                actual, expected = "a file that ansible-vault encrypted", "no secret in a network variable"
                advice = "passwords come from credentials_command, or from the file that credentials_vault names"
            if file.suffix:
                self.fatal.append(judge_line(format_file(file), read_line_number(root), "", actual, expected, advice))
            else:
                self._documents.remove(document)  # a note for people: by its name no group's
            return
        plugin = kind == "inventory" and any(key.value == "plugin" for key, _ in root.value)
        for issue in () if plugin else find_issues(root, lambda path: _is_model_variable(document, path)):
            self.problems.append(_judge_issue(document, issue))
        if kind == "inventory" and not plugin:
            for key, group in root.value:
                self._add_group(document, key, group, "")

    def _add_group(self, document: _Document, key: yaml.Node, group: yaml.Node, parent: str) -> None:
        """Take in a group of an inventory file, with its hosts, variables and children."""
        name = str(key.value)
        self._groups.setdefault(name, [])
        if parent and (name == "all" or name in self._collect_ancestors([parent])):
            actual = f"{name} below {parent}, which is {name} itself or below it"
            advice = f"take {name} out here"
            location = format_file(document.file), read_line_number(key), f"{parent}.children.{name}"
            self.fatal.append(judge_line(*location, actual, "groups that do not hold themselves", advice))
            return
        self._parents.setdefault(name, set()).update([parent] if parent else [])
        if not self._has_group_form(document, key, group):
            return
        parts = dict(list_items(group))
        if "hosts" in parts or "vars" in parts:
            self._groups[name].append((key, document))
        for part, node in parts.items():  # in the file's order, as Ansible: what comes later overrides
            if part == "vars":
                self._inline.setdefault(name, []).append(_VariableMapping(document, node))
                priority = dict(list_items(node)).get(PRIORITY)
                if priority is not None and str(priority.value).isdecimal():
                    self._priorities[name] = int(priority.value)
            for key, inner in list_pairs(node) if part != "vars" else ():
                if part == "children":
                    self._add_group(document, key, inner, name)
                else:
                    variables = _VariableMapping(document, inner, str(key.value))
                    self._entries.append(_PatternEntry(name, str(key.value), key, variables))

    def _has_group_form(self, document: _Document, key: yaml.Node, group: yaml.Node) -> bool:
        """Whether a group has the form of one; adds a fatal problem for each error, as Ansible names no line."""
        mismatches: list[tuple[yaml.Node, str, str, str]] = []
        if not key.tag.endswith(":str") or not NAME.fullmatch(str(key.value)):
            mismatches.append(
                (key, str(key.value), f"{format_value(key.value)} for a group", "letters, digits, - and _")
            )
        if not is_mapping(group):
            mismatches.append(
                (key, str(key.value), format_value(describe_node(group)), f"a mapping of {', '.join(PARTS)}")
            )
        for part, node in list_pairs(group):
            name = f"{key.value}.{part.value}"
            if part.value not in PARTS:
                mismatches.append((part, name, "an unknown key", f"one of {', '.join(PARTS)}"))
            elif not is_mapping(node):
                mismatches.append((part, name, format_value(describe_node(node)), "a mapping, each name with a colon"))
            elif part.value == "hosts":
                for host, host_node in list_pairs(node):
                    if not host.tag.endswith(":str"):
                        mismatches.append(
                            (host, name, f"{format_value(host.value)} for a host", "a name, in quotes if need be")
                        )
                    elif not str(host.value).isascii() and host.value not in self._refused_hosts:
                        self._refused_hosts.add(str(host.value))  # it may stand in several groups
                        expected = "lower-case letters, digits and -"
                        mismatches.append((host, name, f"{format_value(host.value)} for a host", expected))
                    elif not has_sound_range(str(host.value)):
                        mismatches.append((host, name, format_value(host.value), "a range such as loppa-acc-[01:08]"))
                    if not is_mapping(host_node):
                        actual, expected = (
                            format_value(describe_node(host_node)),
                            "a mapping of the host's variables, or nothing",
                        )
                        mismatches.append((host_node, f"{name}.{host.value}", actual, expected))
        for node, name, actual, expected in mismatches:
            self.fatal.append(judge_line(format_file(document.file), read_line_number(node), name, actual, expected))
        return not mismatches

    def find_missing_files(
        self, findings: Sequence[Verdict[Variable]]
    ) -> tuple[list[Verdict[SourceLine]], list[Verdict[Variable]]]:
        """A problem for each usual file that is not there, and the findings that do not follow from that."""
        problems: list[Verdict[SourceLine]] = []
        consequences: list[Verdict[Variable]] = []
        for scope in dict.fromkeys(finding.subject.scope for finding in findings):
            about = [finding for finding in findings if finding.subject.scope == scope and finding.subject.path]
            missing = {find_usual_file(str(finding.subject.path[0])) for finding in about} - {None}
            for name in sorted(filter(None, missing)):
                file = Path(self.sources[0]) / VARIABLES[0] / scope / name
                keys = USUAL_FILES[name]
                if file.exists() or not file.parent.is_dir() or any(self._has_variable(scope, key) for key in keys):
                    continue
                expected = f"the file that says {', '.join(keys)}"
                problems.append(judge_line(format_file(file), 0, "", "no file", expected))
                consequences += [finding for finding in about if finding.subject.path[0] in keys]
                if name == "links.yml":
                    consequences += [finding for finding in findings if finding.expected == expect_trunk(scope)]
        return problems, [finding for finding in findings if finding not in consequences]

    def _has_variable(self, scope: str, key: str) -> bool:
        return any(find_deepest(mapping.node, (key,))[1] for mapping in self._list_mappings(scope))

    def find_unreadable(self) -> Iterator[Verdict[SourceLine]]:
        """Problems with nodes that are YAML and no value: Ansible refuses such a file without naming the node."""
        for document in self._documents:
            for issue in find_unreadable_nodes(document.root, ()) if document.root else ():
                yield _judge_issue(document, issue)

    def _list_files(self, source: Path) -> Iterator[tuple[Path, str, str]]:
        """The YAML files of a source in Ansible's order, what each is, and of whom it holds variables."""
        base = source if source.is_dir() else source.parent
        folders = [source] if source.is_dir() else [base / name for name in VARIABLES if (base / name).is_dir()]
        paths = [] if source.is_dir() else [(source, "")]
        paths += [entry for folder in folders for entry in walk_folder(folder, self._add_unreadable)]
        for file, reason in paths:
            parts = file.relative_to(base).parts
            if any(part.endswith("~") for part in parts):
                continue
            if reason == A_FOLDER:
                advice = f"put the file back, or take {file.suffix} out of the folder's name"
                self.fatal.append(judge_line(format_file(file), 0, "", reason, "a file, by its name", advice))
            elif reason:
                advice = "take it away: Ansible would pass over it in silence, or stumble over it"
                self.fatal.append(judge_line(format_file(file), 0, "", reason, "a file or a folder", advice))
            elif file.suffix not in YAML and file.suffix.lower() in YAML:
                advice = "Ansible reads only names whose ending is in small letters"
                actual = f"a name that ends in {file.suffix}"
                expected = f"one that ends in {file.suffix.lower()}"
                self.fatal.append(judge_line(format_file(file), 0, "", actual, expected, advice))
            elif parts[0] not in VARIABLES:
                if file.suffix in YAML:
                    yield file, "inventory", ""
            elif self._is_read_by_ansible(file, parts):
                yield file, parts[0], parts[1] if len(parts) > 2 else file.stem

    def _is_read_by_ansible(self, file: Path, parts: tuple[str, ...]) -> bool:
        """Whether Ansible reads a file in a folder of variables; reports a file that it silently ignores."""
        location = format_file(file), 0, ""
        if file.suffix not in ("", *YAML):
            if file.suffix not in NOTE_SUFFIXES or {*file.suffixes[:-1]} & {*YAML}:
                advice = "Ansible passes over it in silence; a note for people ends in .md or .txt"
                actual_and_expected = "a file of another kind", f"a name that ends in {YAML[0]}"
                self.warnings.append(judge_line(*location, *actual_and_expected, advice, Severity.WARNING))
            return False
        if len(parts) != 2 or file == _find_read_file(file):
            return len(parts) > 1
        advice = "Ansible reads only that one, and passes over this in silence: put both together"
        actual = f"variables of {file.stem} for the second time (first in {format_file(_find_read_file(file))})"
        self.problems.append(judge_line(*location, actual, "one file, or one folder", advice))
        return False

    def _add_unreadable(self, file: Path, error: OSError) -> None:
        actual = f"what cannot be read ({error.strerror})"
        self.fatal.append(judge_line(format_file(file), 0, "", actual, "a file that may be read", "look at its rights"))

    def _find_duplicates(self) -> None:
        """Report variables of a host or group that two places of a source give: one of the two has no effect."""
        first_values: dict[tuple[int, str, str], tuple[str, _VariableMapping, yaml.Node]] = {}
        mappings = [(pattern, group, mapping) for group, pattern, _, mapping in self._entries]
        mappings += [
            (f"{name}.vars", name, mapping)
            for name, group_mappings in self._inline.items()
            for mapping in group_mappings
        ]
        for owner, group, mapping in mappings:
            duplicates: dict[str, list[tuple[str, yaml.Node]]] = {}
            for key, _ in list_pairs(mapping.node):
                first_value = first_values.setdefault(
                    (mapping.document.source, owner, str(key.value)), (group, mapping, key)
                )
                # A host named twice in a group of a file is reported already; the same anchor may stand in two places.
                same = (first_value[0], first_value[1].document) == (group, mapping.document)
                if not same and first_value[1].node is not mapping.node and first_value[2] is not key:
                    file = format_file(first_value[1].document.file)
                    duplicates.setdefault(f"{file}:{read_line_number(first_value[2])}", []).append(
                        (str(key.value), key)
                    )
            for first_place, keys in itertools.islice(duplicates.items(), 1):
                names = ", ".join(name for name, _ in itertools.chain(*duplicates.values()))
                location = format_file(mapping.document.file), read_line_number(keys[0][1]), mapping.label or owner
                actual = f"values for the second time (first in {first_place}): {names}"
                self.problems.append(
                    judge_line(*location, actual, "each value once", "take those out that are not meant")
                )

    def _list_mappings(self, scope: str) -> list[_VariableMapping]:
        """``_find_mappings``, cached: many findings may be about a host."""
        if scope not in self._mappings_by_scope:
            self._mappings_by_scope[scope] = list(self._find_mappings(scope))
        return self._mappings_by_scope[scope]

    def _find_mappings(self, scope: str) -> Iterator[_VariableMapping]:
        """Where variables of a host or group may stand; what overrides comes first."""
        host_entries = self._entries_by_name.get(scope, [])
        yield from self._find_variable_files("host_vars", [scope])
        for _, pattern, _, mapping in reversed(host_entries):
            yield _VariableMapping(mapping.document, mapping.node, scope if pattern != scope else mapping.label)
        groups = self._sort_lineage([group for group, *_ in host_entries] or [scope])
        yield from self._find_variable_files("group_vars", groups)
        yield from self._find_variable_files("group_vars", ["all"])
        for group in [*groups, "all"]:
            yield from reversed(self._inline.get(group, []))

    def _find_variable_files(self, kind: str, names: list[str]) -> Iterator[_VariableMapping]:
        """The variable files of some groups: a later source overrides, within it the earlier of ``names``."""
        for source in range(len(self.sources) - 1, -1, -1):
            for name in names:
                for document in reversed(self._documents):
                    if (document.source, document.kind, document.name) == (source, kind, name) and document.root:
                        yield _VariableMapping(document, document.root)

    def _collect_ancestors(self, groups: Iterable[str]) -> set[str]:
        """Groups and all groups above them."""
        with_ancestors: set[str] = set()
        waiting = set(groups)
        while waiting:
            group = waiting.pop()
            with_ancestors.add(group)
            waiting |= self._parents.get(group, set()) - with_ancestors
        return with_ancestors

    def _sort_lineage(self, groups: Iterable[str]) -> list[str]:
        """Groups and all groups above them; the deepest first, as Ansible lets those override."""
        with_ancestors = self._collect_ancestors(groups)
        ranks = {
            group: (self._measure_depth(group), self._priorities.get(group, 1), group)
            for group in with_ancestors - {"all"}
        }
        return sorted(ranks, key=ranks.__getitem__, reverse=True)

    def _measure_depth(self, group: str, below: frozenset[str] = frozenset()) -> int:
        parents = self._parents.get(group, set()) - below
        return max((1 + self._measure_depth(parent, below | {group}) for parent in parents), default=0)

    @cached_property
    def _entries_by_name(self) -> dict[str, list[_PatternEntry]]:
        """Where the files name each host and group, in their order."""
        by_name: dict[str, list[_PatternEntry]] = {}
        for entry in self._entries:
            for name in dict.fromkeys(_expand_pattern(entry.pattern)):
                by_name.setdefault(name, []).append(entry)
        return by_name

    def _locate_missing(self, finding: Verdict[Variable]) -> Verdict[SourceLine]:
        """The finding about what no file has (a missing key, a host in the wrong groups), with where it ought to be."""
        entries = self._entries_by_name.get(finding.subject.scope, [])
        if entries:
            filled = [entry for entry in entries if isinstance(entry.variables.node, yaml.MappingNode)]
            _, _, key, mapping = (filled or entries)[0]
            return self._locate_at(
                mapping.document.file, read_line_number(key), (finding.subject.scope, *finding.subject.path), finding
            )
        documents = [
            document
            for document in self._documents
            if (document.kind, document.name) == ("group_vars", finding.subject.scope)
        ]
        files = [document.file for document in documents if document.source == documents[0].source]
        if finding.subject.path and files:
            has_folder = (
                files[0].parent.name == finding.subject.scope
            )  # what is missing may belong to another file of it
            folder = files[0].parent if has_folder else files[0]
            return self._locate_at(folder, int(not has_folder), finding.subject.path, finding)
        descriptions = self._groups.get(finding.subject.scope)
        if descriptions:
            key, document = descriptions[0]
            return self._locate_at(
                document.file, read_line_number(key), (finding.subject.scope, *finding.subject.path), finding
            )
        if finding.subject.scope != "all" and finding.subject.scope not in self._groups:  # no file of YAML tells of it
            return self._locate_at(Path(self.sources[0]), 0, (finding.subject.scope, *finding.subject.path), finding)
        region_files = [
            document.file for document in self._documents if document.kind == "group_vars" and document.name == "all"
        ]
        folder = region_files[0].parent if region_files else Path(self.sources[0])
        return self._locate_at(folder, 0, finding.subject.path or (finding.subject.scope,), finding)

    def _locate_at_node(
        self, mapping: _VariableMapping, node: yaml.Node, finding: Verdict[Variable]
    ) -> Verdict[SourceLine]:
        path = (mapping.label, *finding.subject.path) if mapping.label else finding.subject.path
        return self._locate_at(mapping.document.file, read_line_number(node), path, finding)

    def _locate_at(self, file: Path, line: int, path: KeyPath, finding: Verdict[Variable]) -> Verdict[SourceLine]:
        return finding.about(SourceLine(format_file(file), line, format_path(path)))


def _judge_issue(document: _Document, issue: YamlIssue) -> Verdict[SourceLine]:
    key = format_path(_shorten_path(document, issue.path))
    line = read_line_number(issue.node)
    return judge_line(format_file(document.file), line, key, issue.found, issue.expected, issue.advice)


def _find_read_file(file: Path) -> Path:
    """The only file or folder of this name that Ansible reads; it silently ignores the others."""
    return next(
        (candidate for candidate in (file.with_suffix(suffix) for suffix in ("", *YAML)) if candidate.exists()), file
    )


def _shorten_path(document: _Document, path: KeyPath) -> KeyPath:
    """The way to a variable without the groups that an inventory file begins with."""
    if document.kind != "inventory":
        return path
    for word in ("hosts", "vars"):
        if word in path[:-1]:
            return path[path.index(word) + 1 :]
    return path


def _is_model_variable(document: _Document, path: KeyPath) -> bool:
    """Whether a variable is neither Ansible's own nor a role's; a host's name may stand before it."""
    first = _shorten_path(document, path)[:2]
    return not any(str(part).startswith("ansible_") or "__" in str(part).strip("_") for part in first)


@cache
def _expand_pattern(pattern: str) -> tuple[str, ...]:
    """The hosts of ``loppa-acc-[01:08]``, as Ansible counts them."""
    if "[" not in pattern:
        return (pattern,)
    try:
        from ansible.plugins.inventory import (
            expand_hostname_range,  # imports for 0.5 s: needed only where there is a problem
        )
    except Exception:  # noqa: BLE001 - settings that it refuses: that is a problem of its own, and told as one
        return (pattern,)
    return tuple(expand_hostname_range(pattern))
