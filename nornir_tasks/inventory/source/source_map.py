"""Where in the inventory's files something stands, found as Ansible would: who overrides whom, from the top."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.inventory.problem import SourceLine, judge_line, shown_path
from nornir_tasks.inventory.source.source_files import walk
from nornir_tasks.inventory.source.yaml_errors import too_deep, undecoded, unparsed
from nornir_tasks.inventory.source.yaml_lint import slips
from nornir_tasks.inventory.source.yaml_nodes import LOADER, bare, descend, is_mapping, items, line_of, pairs
from nornir_tasks.inventory.source.yaml_values import ranged, unreadable, values
from nornir_tasks.model.finding import Path as KeyPath
from nornir_tasks.model.finding import Variable, format_path, format_value, suggest_nearest

YAML = (".yml", ".yaml", ".json")
VARIABLES = ("group_vars", "host_vars")
PAPERS = (".md", ".txt", ".rst")  # for people
PRIORITY = "ansible_group_priority"  # said of a group in an inventory; in its group_vars it does nothing
PARTS = ("hosts", "children", "vars")  # of a group
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")  # of a group; Ansible takes others, and warns
MOST = 1_000_000  # values in a file, each as often as aliases name it


@dataclass(frozen=True)
class _Document:
    """A YAML file of a source. ``kind`` is group_vars, host_vars or inventory; ``name`` the group or host."""

    source: int
    file: Path
    kind: str
    name: str
    root: yaml.Node | None


@dataclass(frozen=True)
class _Place:
    """A mapping of variables in a file; ``label`` goes before their names in a message."""

    document: _Document
    node: yaml.Node
    label: str = ""


@dataclass
class Origins:
    """The YAML files of some sources. ``problems`` are those of the files themselves; with ``broken`` ones Ansible need
    not be asked; ``warnings`` keep nobody from reading."""

    sources: Sequence[Path]
    broken: list[Verdict[SourceLine]] = field(default_factory=list)
    problems: list[Verdict[SourceLine]] = field(default_factory=list)
    warnings: list[Verdict[SourceLine]] = field(default_factory=list)
    _documents: list[_Document] = field(default_factory=list)
    _entries: list[tuple[str, str, yaml.Node, _Place]] = field(default_factory=list)  # group, hosts, key, variables
    _groups: dict[str, list[tuple[yaml.Node, _Document]]] = field(default_factory=dict)  # where each is described
    _inline: dict[str, list[_Place]] = field(default_factory=dict)  # `vars` of groups in inventory files
    _parents: dict[str, set[str]] = field(default_factory=dict)
    _priorities: dict[str, int] = field(default_factory=dict)  # 1, where none is said
    _known: dict[str, list[_Place]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, source in enumerate(self.sources):
            for file, kind, name in self._files(source):
                self._read(number, file, kind, name)
        self._twice()

    def problem(self, finding: Verdict[Variable]) -> Verdict[SourceLine]:
        """The finding, with the file and the line that it comes from."""
        for place in self._of_scope(finding.subject.scope) if finding.subject.path else ():
            node, depth = descend(place.node, finding.subject.path)
            if depth:
                return self._made(place, node, finding)
        return self._fallback(finding)

    def line(self, file: Path, scope: str, path: Sequence[str | int], near: int = 0) -> int:
        """In which line a file says something of a host or group; the nearest that is there, else ``near``.

        Args:
            near: where Ansible says that the variable is, if a file says it more than once.
        """
        steps = tuple(int(part) if str(part).isdecimal() else part for part in path)
        for place in self._of_scope(scope):
            if place.document.file.absolute() == file.absolute():
                mark, depth = descend(place.node, steps[:1])
                if depth and (place.document.kind != "inventory" or near in (0, line_of(mark))):
                    return line_of(descend(place.node, steps)[0])
        return near

    def strays(self, resolved: Mapping[str, Any]) -> Iterator[Verdict[SourceLine]]:
        """Variables for a group or host that is not there: Ansible would pass over them in silence.

        Shape of ``resolved``: that of ``ansible-inventory --list``.
        """
        hosts = set(resolved["_meta"]["hostvars"])
        known = {"group_vars": {*resolved, *self._groups, "all", "ungrouped"} - {"_meta"}, "host_vars": hosts}
        peopled = {"all", "ungrouped", *self._above(group for group, said in resolved.items() if said.get("hosts"))}
        seen: set[tuple[str, str]] = set()
        for document in self._documents:
            kind, name = document.kind, document.name
            names = known.get(kind)
            if names is None or (kind, name) in seen:
                continue
            seen.add((kind, name))
            folder = shown_path(document.file if document.file.parent.name in VARIABLES else document.file.parent)
            if name not in names:
                expected = f"a {kind.removesuffix('_vars')} that is there"
                yield judge_line(folder, 0, "", f"variables of {name!r}", expected, suggest_nearest(name, names))
            elif kind == "group_vars" and name not in peopled:
                advice = f"is the file that says them empty or gone? If {name} is over, take these away"
                yield judge_line(folder, 0, "", f"variables of {name}, which has no hosts", "hosts of it", advice)

    def _read(self, source: int, file: Path, kind: str, name: str) -> None:
        root, unfolded = None, dict[int, int]()
        try:
            raw = file.read_bytes()
            text = raw.decode("utf-8")
            root = yaml.compose(text, Loader=LOADER)
            count = values(root, unfolded) if root else 0
        except OSError as error:
            self._closed(file, error)
            return
        except UnicodeDecodeError as error:
            line, found, advice = undecoded(raw, error)
            self.broken.append(judge_line(shown_path(file), line, "", found, "YAML in UTF-8", advice))
            return
        except yaml.YAMLError as error:
            line, found, advice = unparsed(text, error)
            self.broken.append(judge_line(shown_path(file), line, "", found, "YAML", advice))
            return
        except RecursionError:
            place = shown_path(file), too_deep(text), ""
            self.broken.append(judge_line(*place, "values within values", "at most some hundred deep"))
            return
        if count > MOST and root:
            line = next((line_of(key) for key, value in pairs(root) if unfolded.get(id(value), 0) > MOST), 1)
            found = f"aliases that unfold to {count} values"
            self.broken.append(
                judge_line(shown_path(file), line, "", found, f"at most {MOST}", "write out what is meant")
            )
            return
        if isinstance(root, yaml.ScalarNode) and not root.value:
            root = None  # comments alone
        if root is None and kind == "inventory":
            advice = "fill it again, or take it away"
            self.broken.append(judge_line(shown_path(file), 1, "", "nothing", "groups and their hosts", advice))
            return
        document = _Document(source, file, kind, name, root)
        self._documents.append(document)
        if root is None:
            return
        if not isinstance(root, yaml.MappingNode):
            found, expected, advice = (
                format_value(bare(root)),
                "a mapping of names to values",
                "each line is `name: value`",
            )
            if str(root.value).startswith("$ANSIBLE_VAULT"):
                found, expected = "a file that ansible-vault encrypted", "no secret in a network variable"
                advice = "passwords come from credentials_command, or from the file that credentials_vault names"
            if file.suffix:
                self.broken.append(judge_line(shown_path(file), line_of(root), "", found, expected, advice))
            else:
                self._documents.remove(document)  # a note for people: by its name no group's
            return
        plugin = kind == "inventory" and any(key.value == "plugin" for key, _ in root.value)
        for node, path, found, expected, advice in () if plugin else slips(root, lambda path: _ours(document, path)):
            key = format_path(_label(document, path))
            self.problems.append(judge_line(shown_path(file), line_of(node), key, found, expected, advice))
        if kind == "inventory" and not plugin:
            for key, group in root.value:
                self._group(document, key, group, "")

    def _group(self, document: _Document, key: yaml.Node, group: yaml.Node, parent: str) -> None:
        """Take in a group of an inventory file, with its hosts, variables and children."""
        name = str(key.value)
        self._groups.setdefault(name, [])
        if parent and (name == "all" or name in self._above([parent])):
            found = f"{name} below {parent}, which is {name} itself or below it"
            advice = f"take {name} out here"
            place = shown_path(document.file), line_of(key), f"{parent}.children.{name}"
            self.broken.append(judge_line(*place, found, "groups that do not hold themselves", advice))
            return
        self._parents.setdefault(name, set()).update([parent] if parent else [])
        if not self._sound(document, key, group):
            return
        parts = dict(items(group))
        if "hosts" in parts or "vars" in parts:
            self._groups[name].append((key, document))
        for part, node in parts.items():  # in the file's order, as Ansible: what comes later overrides
            if part == "vars":
                self._inline.setdefault(name, []).append(_Place(document, node))
                priority = dict(items(node)).get(PRIORITY)
                if priority is not None and str(priority.value).isdecimal():
                    self._priorities[name] = int(priority.value)
            for key, inner in pairs(node) if part != "vars" else ():
                if part == "children":
                    self._group(document, key, inner, name)
                else:
                    self._entries.append((name, str(key.value), key, _Place(document, inner, str(key.value))))

    def _sound(self, document: _Document, key: yaml.Node, group: yaml.Node) -> bool:
        """Whether a group has the form of one; Ansible tells no line where it has not."""
        wrong: list[tuple[yaml.Node, str, str, str]] = []
        if not key.tag.endswith(":str") or not NAME.fullmatch(str(key.value)):
            wrong.append((key, str(key.value), f"{format_value(key.value)} for a group", "letters, digits, - and _"))
        if not is_mapping(group):
            wrong.append((key, str(key.value), format_value(bare(group)), f"a mapping of {', '.join(PARTS)}"))
        for part, node in pairs(group):
            name = f"{key.value}.{part.value}"
            if part.value not in PARTS:
                wrong.append((part, name, "an unknown key", f"one of {', '.join(PARTS)}"))
            elif not is_mapping(node):
                wrong.append((part, name, format_value(bare(node)), "a mapping, each name with a colon"))
            elif part.value == "hosts":
                for host, mine in pairs(node):
                    if not host.tag.endswith(":str"):
                        wrong.append(
                            (host, name, f"{format_value(host.value)} for a host", "a name, in quotes if need be")
                        )
                    if not ranged(str(host.value)):
                        wrong.append((host, name, format_value(host.value), "a range such as loppa-acc-[01:08]"))
                    if not is_mapping(mine):
                        found, expected = format_value(bare(mine)), "a mapping of the host's variables, or nothing"
                        wrong.append((mine, f"{name}.{host.value}", found, expected))
        for node, name, found, expected in wrong:
            self.broken.append(judge_line(shown_path(document.file), line_of(node), name, found, expected))
        return not wrong

    def unreadable(self) -> Iterator[Verdict[SourceLine]]:
        """What is YAML, and yet no value: why Ansible may have refused a file, without a word of which."""
        for document in self._documents:
            for node, path, found, expected in unreadable(document.root, ()) if document.root else ():
                yield judge_line(
                    shown_path(document.file), line_of(node), format_path(_label(document, path)), found, expected
                )

    def _files(self, source: Path) -> Iterator[tuple[Path, str, str]]:
        """The YAML files of a source in Ansible's order, what each is, and of whom it holds variables."""
        base = source if source.is_dir() else source.parent
        folders = [source] if source.is_dir() else [base / name for name in VARIABLES if (base / name).is_dir()]
        found = [] if source.is_dir() else [(source, "")]
        found += [one for folder in folders for one in walk(folder, self._closed)]
        for file, trouble in found:
            parts = file.relative_to(base).parts
            if any(part.endswith("~") for part in parts):
                continue
            if trouble:
                advice = "take it away: Ansible would pass over it in silence, or stumble over it"
                self.broken.append(judge_line(shown_path(file), 0, "", trouble, "a file or a folder", advice))
            elif parts[0] not in VARIABLES:
                if file.suffix in YAML:
                    yield file, "inventory", ""
            elif self._read_by_ansible(file, parts):
                yield file, parts[0], parts[1] if len(parts) > 2 else file.stem

    def _read_by_ansible(self, file: Path, parts: tuple[str, ...]) -> bool:
        """Whether it reads a file in a folder of variables; what it passes over in silence is told."""
        place = shown_path(file), 0, ""
        if file.suffix not in ("", *YAML):
            if file.suffix not in PAPERS or {*file.suffixes[:-1]} & {*YAML}:
                advice = "Ansible passes over it in silence; a note for people ends in .md or .txt"
                words = "a file of another kind", f"a name that ends in {YAML[0]}"
                self.warnings.append(judge_line(*place, *words, advice, Severity.WARNING))
            return False
        if len(parts) != 2 or file == _read_of(file):
            return len(parts) > 1
        advice = "Ansible reads only that one, and passes over this in silence: put both together"
        found = f"variables of {file.stem} for the second time (first in {shown_path(_read_of(file))})"
        self.problems.append(judge_line(*place, found, "one file, or one folder", advice))
        return False

    def _closed(self, file: Path, error: OSError) -> None:
        found = f"what cannot be read ({error.strerror})"
        self.broken.append(judge_line(shown_path(file), 0, "", found, "a file that may be read", "look at its rights"))

    def _twice(self) -> None:
        """A variable of one host or group that two places of a source give: one of them does nothing."""
        first: dict[tuple[int, str, str], tuple[str, _Place, yaml.Node]] = {}
        places = [(pattern, group, place) for group, pattern, _, place in self._entries]
        places += [(f"{name}.vars", name, place) for name, some in self._inline.items() for place in some]
        for of, group, place in places:
            again: dict[str, list[tuple[str, yaml.Node]]] = {}
            for key, _ in pairs(place.node):
                known = first.setdefault((place.document.source, of, str(key.value)), (group, place, key))
                # Where it is the host that stands there twice, that is told already; one anchor may serve twice.
                same = (known[0], known[1].document) == (group, place.document)
                if not same and known[1].node is not place.node and known[2] is not key:
                    file = shown_path(known[1].document.file)
                    again.setdefault(f"{file}:{line_of(known[2])}", []).append((str(key.value), key))
            for where, keys in itertools.islice(again.items(), 1):
                names = ", ".join(name for name, _ in itertools.chain(*again.values()))
                at = shown_path(place.document.file), line_of(keys[0][1]), place.label or of
                found = f"values for the second time (first in {where}): {names}"
                self.problems.append(judge_line(*at, found, "each value once", "take those out that are not meant"))

    def _of_scope(self, scope: str) -> list[_Place]:
        """The same, kept: a host may be asked about many times."""
        if scope not in self._known:
            self._known[scope] = list(self._places(scope))
        return self._known[scope]

    def _places(self, scope: str) -> Iterator[_Place]:
        """Where variables of a host or group may stand; what overrides comes first."""
        mine = [entry for entry in self._entries if scope in _expanded(entry[1])]
        yield from self._of("host_vars", [scope])
        for _, pattern, _, place in reversed(mine):
            yield _Place(place.document, place.node, scope if pattern != scope else place.label)
        groups = self._lineage([group for group, *_ in mine] or [scope])
        yield from self._of("group_vars", groups)
        yield from self._of("group_vars", ["all"])
        for group in [*groups, "all"]:
            yield from reversed(self._inline.get(group, []))

    def _of(self, kind: str, names: list[str]) -> Iterator[_Place]:
        """The variable files of some groups: a later source overrides, within it the earlier of ``names``."""
        for source in range(len(self.sources) - 1, -1, -1):
            for name in names:
                for document in reversed(self._documents):
                    if (document.source, document.kind, document.name) == (source, kind, name) and document.root:
                        yield _Place(document, document.root)

    def _above(self, groups: Iterable[str]) -> set[str]:
        """Groups and all groups above them."""
        found: set[str] = set()
        waiting = set(groups)
        while waiting:
            group = waiting.pop()
            found.add(group)
            waiting |= self._parents.get(group, set()) - found
        return found

    def _lineage(self, groups: Iterable[str]) -> list[str]:
        """Groups and all groups above them; the deepest first, as Ansible lets those override."""
        found = self._above(groups)
        ranks = {group: (self._depth(group), self._priorities.get(group, 1), group) for group in found - {"all"}}
        return sorted(ranks, key=ranks.__getitem__, reverse=True)

    def _depth(self, group: str, below: frozenset[str] = frozenset()) -> int:
        parents = self._parents.get(group, set()) - below
        return max((1 + self._depth(parent, below | {group}) for parent in parents), default=0)

    def _fallback(self, finding: Verdict[Variable]) -> Verdict[SourceLine]:
        """For what stands nowhere (a missing key, a host in the wrong groups): where it ought to stand."""
        hosts = [entry for entry in self._entries if finding.subject.scope in _expanded(entry[1])]
        if hosts:
            filled = [entry for entry in hosts if isinstance(entry[3].node, yaml.MappingNode)]
            _, _, key, place = (filled or hosts)[0]
            return self._at(place.document.file, line_of(key), (finding.subject.scope, *finding.subject.path), finding)
        mine = [one for one in self._documents if (one.kind, one.name) == ("group_vars", finding.subject.scope)]
        files = [one.file for one in mine if one.source == mine[0].source]
        if finding.subject.path and files:
            folder = files[0] if len(files) == 1 else files[0].parent
            return self._at(folder, int(len(files) == 1), finding.subject.path, finding)
        described = self._groups.get(finding.subject.scope)
        if described:
            key, document = described[0]
            return self._at(document.file, line_of(key), (finding.subject.scope, *finding.subject.path), finding)
        if finding.subject.scope != "all" and finding.subject.scope not in self._groups:  # no file of YAML tells of it
            return self._at(Path(self.sources[0]), 0, (finding.subject.scope, *finding.subject.path), finding)
        everyone = [one.file for one in self._documents if one.kind == "group_vars" and one.name == "all"]
        folder = everyone[0].parent if everyone else Path(self.sources[0])
        return self._at(folder, 0, finding.subject.path or (finding.subject.scope,), finding)

    def _made(self, place: _Place, node: yaml.Node, finding: Verdict[Variable]) -> Verdict[SourceLine]:
        path = (place.label, *finding.subject.path) if place.label else finding.subject.path
        return self._at(place.document.file, line_of(node), path, finding)

    def _at(self, file: Path, line: int, path: KeyPath, finding: Verdict[Variable]) -> Verdict[SourceLine]:
        return finding.about(SourceLine(shown_path(file), line, format_path(path)))


def _read_of(file: Path) -> Path:
    """Of a folder and files of one name Ansible reads one, and passes over the others in silence."""
    return next((one for one in (file.with_suffix(end) for end in ("", *YAML)) if one.exists()), file)


def _label(document: _Document, path: KeyPath) -> KeyPath:
    """The way to a variable as people say it: without the groups that an inventory file begins with."""
    if document.kind != "inventory":
        return path
    for word in ("hosts", "vars"):
        if word in path[:-1]:
            return path[path.index(word) + 1 :]
    return path


def _ours(document: _Document, path: KeyPath) -> bool:
    """Whether a variable is neither Ansible's own nor a role's; a host's name may stand before it."""
    first = _label(document, path)[:2]
    return not any(str(part).startswith("ansible_") or "__" in str(part).strip("_") for part in first)


@cache
def _expanded(pattern: str) -> tuple[str, ...]:
    """The hosts of ``loppa-acc-[01:08]``, as Ansible counts them."""
    if "[" not in pattern:
        return (pattern,)
    from ansible.plugins.inventory import expand_hostname_range  # half a second, and only where there is a problem

    return tuple(expand_hostname_range(pattern))
