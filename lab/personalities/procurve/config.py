"""ProCurve's configuration: what was typed, kept by what it means; printed in the switch's own order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from lab.personalities.procurve import ports
from lab.personalities.procurve.access_lists import OPENED, AccessList
from lab.personalities.procurve.grammar import Refused, Store
from lab.personalities.procurve.shorthand import write_in_full
from lab.personalities.procurve.tables import GLOBAL, INTERFACE, VLAN
from lab.personalities.procurve.trunks import TYPED, Trunks
from lab.personalities.procurve.vlans import Vlan, read_numbers

OPENING = {"vlan", "interface", "trunk"}
KEYWORDS = sorted({row.words[0] for row in GLOBAL if row.words and row.words[0][0] != "<"} | OPENING)
MEMBERSHIP = re.compile(r"(no )?(untagged|tagged) (\S+)")
FROM_PORT = re.compile(r"(no )?(untagged|tagged) vlan (\S+)")


class Question(Exception):
    """The switch asks before it obeys; the text is its question, ``answered`` the line that means yes."""

    def __init__(self, text: str, answered: str) -> None:
        super().__init__(text)
        self.answered = answered


@dataclass(frozen=True)
class Context:
    """Where a line is typed: globally, in VLANs, at ports or in an access list."""

    kind: str = "global"  # "vlan", "interface", "list"
    numbers: tuple[int, ...] = ()
    opened: AccessList | None = None

    @property
    def prompt(self) -> str:
        """What stands in the prompt's parentheses."""
        if self.opened is not None:
            return self.opened.prompt
        return {"global": "config", "vlan": "vlan-", "interface": "eth-"}[self.kind] + (
            ports.write(self.numbers) if self.kind == "interface" else ",".join(map(str, self.numbers))
        )


class Configuration:
    """The running configuration of one switch with ``count`` ports."""

    def __init__(self, count: int, name: str) -> None:
        self.count = count
        self.top = Store(GLOBAL, self.name_ports)
        self.top.take(f'hostname "{name}"')
        self.ports = {number: Store(INTERFACE, self.name_ports) for number in range(1, count + 1)}
        self.trunks = Trunks(count)
        self.lists: dict[str, AccessList] = {}
        self.vlans: dict[int, Vlan] = {}
        self.vlan(1).untagged = set(self.ports)
        self.vlan(1).dhcp = True
        self._loading = False

    @property
    def bridged(self) -> set[int]:
        """The ports that VLANs and spanning tree know: the trunks, and no member of one."""
        return self.ports.keys() - self.trunks.members.keys()

    def expand(self, text: str) -> list[int]:
        """Read a range of the ports that VLANs know."""
        return ports.parse(text, self.bridged)

    def name_ports(self, text: str) -> list[str]:
        """The names of a range of the ports that VLANs know."""
        return [ports.name(port) for port in self.expand(text)]

    @property
    def hostname(self) -> str:
        """The host name, without quotes."""
        return (self.top.get("hostname") or 'hostname "switch"').split('"')[1]

    def vlan(self, number: int) -> Vlan:
        """The VLAN of this number; made if it is not there yet, as ``vlan 10`` does."""
        if number not in self.vlans:
            self.vlans[number] = Vlan(Store(VLAN, self.name_ports))
            self.vlans[number].store.take(self._default_name(number))
        return self.vlans[number]

    @staticmethod
    def _default_name(number: int) -> str:
        return f'name "{"DEFAULT_VLAN" if number == 1 else f"VLAN{number}"}"'

    def load(self, text: str) -> list[str]:
        """Take a whole configuration, as at boot. Shape: the lines that were not taken."""
        dropped = []
        context = Context()
        self._loading = True  # at boot a port may be in no VLAN until its own is read
        for raw in text.splitlines():
            line = " ".join(raw.split()) if '"' not in raw else raw.strip()
            if not line or line.startswith((";", "Running", "Startup")):
                continue
            if line == "exit":
                context = Context()
                continue
            try:
                context = self.obey(context, line)
            except Refused:
                dropped.append(line)
            except Question as asked:
                context = self.obey(context, asked.answered, sure=True)
        self._loading = False
        return dropped

    def obey(self, context: Context, line: str, sure: bool = False) -> Context:
        """Obey one line in a context.

        Args:
            context: where the session stands in configuration mode.
            line: as it was typed; words may be cut short.
            sure: the question that this line raises has been answered by yes.

        Returns:
            The context afterwards.

        Raises:
            Refused: the switch does not take it.
            Question: it wants to be asked twice (``sure`` answers).
        """
        if context.kind == "vlan" and self._in_vlan(context, line):
            return context
        if context.kind == "interface" and self._in_interface(context, line):
            return context
        if context.opened is not None and context.opened.take(line):
            return context
        return self._in_global(context, self._spelt_out(line), sure)

    def _spelt_out(self, line: str) -> str:
        """Complete an abbreviated first word (after ``no``)."""
        no, rest = ("no ", line[3:]) if line.startswith("no ") else ("", line)
        first, space, tail = rest.partition(" ")
        if first in KEYWORDS:
            return line
        fits = [word for word in KEYWORDS if word.startswith(first.lower())]
        if len(fits) > 1:
            raise Refused(f"Ambiguous input: {first}")
        return f"{no}{fits[0]}{space}{tail}" if fits else line

    def _in_global(self, context: Context, line: str, sure: bool) -> Context:
        if match := re.fullmatch(r"(no )?vlan (\S+)(?: (.+))?", line):
            return self._vlan_line(context, match[1], match[2], match[3], sure)
        if match := re.fullmatch(r"(no )?interface (?:ethernet )?(\S+)(?: (.+))?", line):
            inside = Context("interface", tuple(ports.parse(match[2], self.ports)))
            if match[3] is None and match[1]:
                raise Refused(f"Incomplete input: {match[2]}")
            if match[3] is None:
                return inside
            if not self._in_interface(inside, f"{match[1] or ''}{match[3]}"):
                raise Refused(self.ports[1].complaint(match[3]))
            return context
        if match := TYPED.fullmatch(line.removeprefix("no ")):
            self._trunk(match, adding=not line.startswith("no "))
            return context
        if match := OPENED.fullmatch(line.removeprefix("no ")):
            return self._list(match, adding=not line.startswith("no "))
        line = write_in_full(line)
        if match := re.fullmatch(r"no (?:encrypted-)?password (manager|operator|port-access|all)(?: .*)?", line):
            if not sure:
                raise Question("Password protection will be deleted, do you want to continue [y/n]? ", line)
            for who in ("manager", "operator", "port-access") if match[1] == "all" else (match[1],):
                self.top.lines.pop(f"password {who}", None)
            return context
        if line == "include-credentials" and not self.top.get(line) and not sure and not self._loading:
            raise Question("This will insert hashed passwords into the configuration, continue [y/n]? ", line)
        if re.match(r"no hostname\b", line):
            raise Refused("Incomplete input: hostname")
        if not self.top.take(line):
            raise Refused(self.top.complaint(line))
        return context

    def _trunk(self, match: re.Match[str], adding: bool) -> None:
        """Make ports one: they leave their VLANs, and the trunk begins in VLAN 1; or take them apart again."""
        if adding:
            for port in ports.parse(match["ports"] or "", self.ports) if match["kind"] else ():
                if self.top.get(f"aaa port-access authenticator {port}"):
                    raise Refused(f"Error configuring port {port}: LACP and 802.1X cannot be run together.")
            trunk, gone = self.trunks.join(match)
            arrived = set() if trunk in self.ports else {trunk}
        else:
            arrived, gone = self.trunks.leave(match)
        for port in gone:
            self.top.forget(ports.name(port))
            for vlan in self.vlans.values():
                vlan.untagged.discard(port)
                vlan.tagged.discard(port)
            if port > ports.TRUNK:
                del self.ports[port]
        for port in arrived:
            self.vlans[1].untagged.add(port)
            if port > ports.TRUNK:
                self.ports[port] = Store(INTERFACE, self.name_ports)
                self.top.take(f"spanning-tree {ports.name(port)} priority 4")  # better than that of its members

    def _list(self, match: re.Match[str], adding: bool) -> Context:
        """Enter an access list, or drop it."""
        name = match["quoted"] or match["bare"]
        existing = self.lists.get(name)
        if existing is not None and existing.kind != match["kind"]:
            raise Refused(f"Invalid input: {name}")
        if adding:
            return Context("list", opened=self.lists.setdefault(name, AccessList(match["kind"], name)))
        if existing is None:
            raise Refused(f"Invalid input: {name}")
        del self.lists[name]
        return Context()

    def _vlan_line(self, context: Context, no: str | None, which: str, rest: str | None, sure: bool) -> Context:
        if not re.fullmatch(r"[1-9]\d{0,3}", which, re.ASCII) or int(which) > 4094:
            raise Refused(f"Invalid input: {which}")
        number = int(which)
        if no and rest:
            line, rest = f"no {rest}", None
            if number not in self.vlans or not self._in_vlan(Context("vlan", (number,)), line):
                raise Refused(f"Invalid input: {line.split()[1]}")
            return context
        if no:
            self._drop_vlan(number, sure)
            return Context()
        made = number not in self.vlans
        complaint = self.vlan(number).store.complaint
        inside = Context("vlan", (number,))
        if rest is None:
            return inside
        try:
            if not self._in_vlan(inside, rest):
                raise Refused(complaint(rest))
        except Refused:
            if made:
                del self.vlans[number]
            raise
        return context

    def _drop_vlan(self, number: int, sure: bool) -> None:
        if number == 1:
            raise Refused("The default VLAN can not be removed.")
        if number not in self.vlans:
            raise Refused(f"Invalid input: {number}")
        alone = {port for port in self._members(number) if self._homes(port) == {number}}
        if alone and not sure:
            raise Question(
                "The following ports will be moved to the default VLAN:\n"
                f"{ports.write(alone)}\nDo you want to continue [y/n]? ",
                f"no vlan {number}",
            )
        del self.vlans[number]
        self.vlans[1].untagged |= alone

    def _members(self, number: int) -> set[int]:
        return self.vlans[number].untagged | self.vlans[number].tagged

    def _homes(self, port: int) -> set[int]:
        return {number for number in self.vlans if port in self._members(number)}

    def _in_vlan(self, context: Context, line: str) -> bool:
        number = context.numbers[0]
        vlan = self.vlan(number)
        if match := MEMBERSHIP.fullmatch(line):
            for port in self.expand(match[3]):
                self._move(port, number, match[2], adding=not match[1])
            return True
        if line.startswith(("ip address", "no ip address")):
            others = [other for other in self.vlans.values() if other is not vlan]
            vlan.set_address(line, [address for other in others for address in other.addresses])
            return True
        taken = vlan.store.take(line)
        if not vlan.store.get("name"):
            vlan.store.take(self._default_name(number))
        return taken

    def _move(self, port: int, number: int, how: str, adding: bool) -> None:
        """Put a port into a VLAN, or take it out. It is untagged in one VLAN at most, and never in none."""
        vlan = self.vlan(number)
        if adding:
            if how == "untagged":
                for other in self.vlans.values():
                    other.untagged.discard(port)
                vlan.tagged.discard(port)
                vlan.untagged.add(port)
            else:
                vlan.untagged.discard(port)
                vlan.tagged.add(port)
            return
        members = vlan.untagged if how == "untagged" else vlan.tagged
        if port not in members:
            return
        if self._homes(port) == {number} and not self._loading:
            if number == 1:
                raise Refused(f"Port {ports.name(port)} must be a member of at least one VLAN.")
            self.vlans[1].untagged.add(port)
        members.discard(port)

    def _in_interface(self, context: Context, line: str) -> bool:
        if match := FROM_PORT.fullmatch(line):
            for which in read_numbers(match[3]):
                if which not in self.vlans:
                    raise Refused(f"VLAN {which} does not exist.")
                for port in self.expand(ports.write(context.numbers)):  # a member of a trunk is in no VLAN
                    self._move(port, which, match[2], adding=not match[1])
            return True
        return all(self.ports[port].take(line) for port in context.numbers)

    # What it prints

    def text(self) -> str:
        """The configuration as ``show running-config`` prints it below its header."""
        kinds = [row.show for row in GLOBAL]
        blocks: list[tuple[int, list[str]]] = [(number, [line]) for number, line in self._shown()]
        interfaces = [line for port in self.ports for line in self._interface_text(port)]
        blocks.append((kinds.index("<interfaces>"), interfaces))
        blocks.append((kinds.index("<trunks>"), self.trunks.text()))
        lists = [line for _, access_list in sorted(self.lists.items()) for line in access_list.text()]
        blocks.append((kinds.index("<access lists>"), lists))
        vlans = [line for number in sorted(self.vlans) for line in self._vlan_text(number)]
        blocks.append((kinds.index("<vlans>"), vlans))
        blocks.sort(key=lambda block: self._place(block[0]))
        return "".join(f"{line}\n" for _, lines in blocks for line in lines)

    def _shown(self) -> Iterator[tuple[int, str]]:
        """The global lines, with those joined that are one line for several ports."""
        for number, shown in groupby(self.top.shown(), key=itemgetter(0)):
            lines = [line for _, line in shown]
            if GLOBAL[number].joined:
                start = lines[0].rpartition(" ")[0]
                lines = [f"{start} {ports.write(int(line.rpartition(' ')[2]) for line in lines)}"]
            yield from ((number, line) for line in lines)

    @staticmethod
    def _place(number: int) -> int:
        """Rows of one section stand where its first row does; the sort is stable, so their order is kept."""
        section = GLOBAL[number].section
        return next(i for i, row in enumerate(GLOBAL) if row.section == section) if section else number

    def _interface_text(self, port: int) -> list[str]:
        lines = [f"   {line}" for _, line in self.ports[port].shown()]
        return [f"interface {ports.name(port)}", *lines, "   exit"] if lines else []

    def _vlan_text(self, number: int) -> list[str]:
        vlan = self.vlans[number]
        members = [row.show for row in VLAN].index("<members>")
        lines = [line for _, line in vlan.store.shown() if _ < members]
        if number == 1 and (missing := self.bridged - vlan.untagged):
            lines.append(f"no untagged {ports.write(missing)}")
        if vlan.untagged:
            lines.append(f"untagged {ports.write(vlan.untagged)}")
        if vlan.tagged:
            lines.append(f"tagged {ports.write(vlan.tagged)}")
        lines += vlan.address_lines()
        lines += [line for _, line in vlan.store.shown() if _ > members]
        return [f"vlan {number}", *(f"   {line}" for line in lines), "   exit"]
