"""A region as large as asked for, of municipalities like ours: plain Ansible files, the same each time.

python -m tests.support.large_region /tmp/large 10000
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import cycle
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "inventory"
CENTRE = "operations_centre"
HOSTS = {"alta": 128, "hammerfest": 100, "nordkapp": 26, "masoy": 21, "kvalsund": 19, "hasvik": 19, "loppa": 21}
SMALL = tuple(HOSTS)[2:]
ROUNDS = 3  # of the small ones in a large region: a municipality's number has two digits, so there are 99 at most
LEAVES, PER_LEAF = 3, 38  # in each half, and municipalities on each
NUMBERS = [number for number in range(100) if number != 10]  # 10 is the centre's
PARTS = (
    "municipalities/{}.yml",
    *(f"group_vars/{{}}/{file}.yml" for file in ("municipality", "links", "user_groups", "applications")),
)
FOREIGN_GROUP = re.compile(rf", ({'|'.join(HOSTS)})/(\w+)")  # of another municipality, that uses an application


def write(place: Path, hosts: int) -> Path:
    """Write the inventory of a region of about so many hosts (350 at least: each of ours once)."""
    root = place / "inventory"
    for kept in ("groups.yml", f"municipalities/{CENTRE}.yml", f"group_vars/{CENTRE}", "group_vars/all"):
        target = root / kept
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (SOURCE / kept).is_dir() else shutil.copy)(SOURCE / kept, target)
    patterns = list(zip(NUMBERS, _patterns(hosts), strict=False))
    alike = {name: [f"{name}{number:02}" for number, pattern in patterns if pattern == name] for name in HOSTS}
    names: list[str] = []
    for number, pattern in patterns:
        names.append(f"{pattern}{number:02}")
        turn = alike[pattern].index(names[-1])
        partners = {name: instances[turn] for name, instances in alike.items() if turn < len(instances)}
        for part in PARTS:
            text = (SOURCE / part.format(pattern)).read_text()
            file = root / part.format(names[-1])
            file.parent.mkdir(parents=True, exist_ok=True)
            text = FOREIGN_GROUP.sub(partial(_name_partner, partners), text)
            file.write_text(_renamed(text, pattern, names[-1], number, len(names) - 1))
    groups = root / "groups.yml"
    ours = "".join(f"        {name}:\n" for name in HOSTS)
    text = groups.read_text()
    assert ours in text, "groups.yml: expected the municipalities as HOSTS has them"
    groups.write_text(text.replace(ours, "".join(f"        {name}:\n" for name in names)))
    _more_leaves(root)
    _longer_lists(root)
    return root


def _patterns(hosts: int) -> Iterator[str]:
    """Whose sizes the municipalities have: ours, and for a large region more of the two towns'."""
    yield from HOSTS
    left = hosts - sum(HOSTS.values())
    for name in SMALL * (ROUNDS - 1) if left > 1000 else ():
        left -= HOSTS[name]
        yield name
    for name in cycle(("alta", "hammerfest", "alta", "alta", "hammerfest")):
        if left < HOSTS[name] // 2:
            return
        left -= HOSTS[name]
        yield name


def _name_partner(partners: Mapping[str, str], match: "re.Match[str]") -> str:
    """A user group of the municipality that stands for another; none where there are more of these than of those."""
    return f", {partners[match[1]]}/{match[2]}" if match[1] in partners else ""


def _renamed(text: str, pattern: str, name: str, number: int, place: int) -> str:
    """The text of one of ours, for another municipality on a leaf's port of its own."""
    leaf, port = place // PER_LEAF + 1, place % PER_LEAF + 1
    text = re.sub(r"-leaf-\d\d:\d+", f"-leaf-{leaf:02}:{port}", text)
    text = re.sub(rf"(?<![\w-]){pattern}(?=:$|-(?!radhus|leaf|half)[a-z]+-[\d\[])", name, text, flags=re.MULTILINE)
    text = re.sub(r"(?<![\d.])10\.1\d\.", f"10.{number}.", text)
    return re.sub(r"^number: \d+$", f"number: {number}", text, flags=re.MULTILINE)


def _longer_lists(root: Path) -> None:
    """Switches whose hardware holds what a leaf lets its servers open: of a hundred municipalities no real one does."""
    ports = root / "group_vars/all/ports.yml"
    ports.write_text(re.sub(r"acl_entries: \d+", "acl_entries: 10000", ports.read_text()))


def _more_leaves(root: Path) -> None:
    """A third leaf in each half: two have no ports for a hundred municipalities."""
    hosts, links = root / f"municipalities/{CENTRE}.yml", root / f"group_vars/{CENTRE}/links.yml"
    text, cables = hosts.read_text(), links.read_text()
    for half, address, index in (("alta", "10.10.0.15", 204), ("hammerfest", "10.10.128.25", 214)):
        leaf = f"{half}-leaf-03"
        text = text.replace("\n\n", f"\n    {leaf}: {{site: {half}-half, model: *leaf, address: {address}}}\n\n", 1)
        for spine in (1, 2):
            ends = f'a: "{leaf}:{46 + spine}", b: "{half}-spine-{spine:02}:3"'
            cables += f"  - {{{ends}, gbps: 10, kind: routed, index: {index + spine - 1}}}\n"
    hosts.write_text(text.replace("-leaf-[01:02]", "-leaf-[01:03]"))
    links.write_text(cables)


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2])))
