"""An IOS configuration: lines go in one at a time, in any order, and come out in the order in which IOS prints them."""

import re
from collections.abc import Iterable, Sequence

from lab.personalities.ios.configuration import access_lists, certificates, channels, services, settings
from lab.personalities.ios.configuration.contexts import CLOSE
from lab.personalities.ios.configuration.grammar import GRAMMARS, RULES
from lab.personalities.ios.configuration.parse import INVALID, Match, Refused, Rule, interface_name, match
from lab.personalities.ios.configuration.printing import ordered, printed
from lab.personalities.ios.configuration.section import Line, Section

MOST_RANGES = 5  # in a line of ``interface range``
SHARED_LINES = ("line con 0", "line vty 0 4", "line vty 5 15")
_RULES = {(context, rule.spec): rule for context, rules in RULES.items() for rule in rules}


class Confirm(Exception):
    """IOS wants a yes before it takes this line."""

    def __init__(self, question: str) -> None:
        super().__init__(question)
        self.question = question


class Cursor:
    """Where somebody stands in configuration mode: the sections that the next line goes into, innermost last."""

    def __init__(self, root: Section) -> None:
        self.levels: list[list[Section]] = [[root]]

    @property
    def context(self) -> str:
        """The innermost context's name."""
        return self.levels[-1][0].context

    @property
    def path(self) -> tuple[str, ...]:
        """The section lines that lead here."""
        return tuple(level[0].text for level in self.levels[1:])

    @property
    def several(self) -> bool:
        """Whether lines go into several sections at once (``interface range``)."""
        return len(self.levels[-1]) > 1


class Config:
    """The running configuration of one switch. ``ports``: the names of its physical interfaces, in order;
    ``serial`` is what the name of its own certificate is made from.
    """

    def __init__(self, ports: Sequence[str], provision: str, serial: str = "") -> None:
        self.ports = tuple(ports)
        self.provision = provision
        self.serial = serial
        self.root = self._fresh()

    def _fresh(self) -> Section:
        root = Section(None, "", "global")
        interface = _RULES["global", "interface <iface>"]
        for name in (*self.ports, "Vlan1"):
            key = f"interface {name}"
            root.entries[key] = Section(interface, key, "svi" if name == "Vlan1" else "port")
        for text in SHARED_LINES:
            rule = _RULES["global", "line con <0-0>" if "con" in text else "line vty <0-15> [<1-15>]"]
            root.entries[text] = Section(rule, text, "line")
        text = f"switch 1 provision {self.provision}"
        root.entries["switch 1 provision"] = Line(_RULES["global", "switch <1-9> provision <word>"], text)
        return root

    def interface(self, name: str) -> Section | None:
        """The section of an interface."""
        section = self.root.entries.get(f"interface {name}")
        return section if isinstance(section, Section) else None

    # --- reading lines

    def load(self, text: str) -> list[tuple[tuple[str, ...], str, Refused]]:
        """Become this configuration; answers with the lines that were not taken: sections, line and reason."""
        self.root = self._fresh()
        cursor = Cursor(self.root)
        refused = []
        for line in logical_lines(text):
            try:
                self.apply(cursor, line, confirmed=True)
            except Refused as error:
                refused.append((cursor.path, line.strip(), error))
        return refused

    def apply(self, cursor: Cursor, line: str, confirmed: bool = False) -> str:
        """Take one line; answers with what IOS remarks on it.

        Args:
            cursor: where the session stands in configuration mode; it moves with the line.
            line: as it was typed; words may be cut short, leading blanks count for the caret.
            confirmed: the question that this line raises has been answered by yes.

        Raises:
            Refused: with IOS's words.
            Confirm: the line needs a yes; apply it again with ``confirmed``.
        """
        line = re.sub(r"^(\s*(?:no |default )?int\w*\s+[A-Za-z-]+) (\d)", r"\1\2", line)
        body = line.strip()
        if not body or body.startswith("!"):
            return ""
        if body == "exit":
            cursor.levels.pop()
            return ""
        start = len(line) - len(line.lstrip())
        negated = re.match(r"(no|default)\s+", body)
        if negated:
            start += negated.end()
        if re.match(r"int\w*\s+ra", body):
            return self._range(cursor, body, start)
        first: Refused | None = None
        for level in range(len(cursor.levels) - 1, -1, -1):
            try:
                typed = match(GRAMMARS[cursor.levels[level][0].context], line, bool(negated), start)
            except Refused as error:
                first = first or error
                continue
            if typed.text == CLOSE.spec:
                del cursor.levels[level:]
                return ""
            del cursor.levels[level + 1 :]
            return self._take(cursor, settings.canonical(typed), bool(negated), confirmed, start)
        assert first is not None
        raise first

    def _take(self, cursor: Cursor, typed: Match, negated: bool, confirmed: bool, column: int) -> str:
        remarks: list[str] = []
        entered: list[Section] = []
        below = cursor.levels[-1]
        for section in [*below, *channels.followers(self.root, below, typed)]:
            if negated:
                remark = self._remove(section, typed, confirmed, column)
            elif typed.rule is not None and typed.rule.opens:
                opened, remark = self._open(section, typed, column)
                entered.extend(opened)
            else:
                remark = self._set(section, typed, column)
            if remark and remark not in remarks:
                remarks.append(remark)
        if entered:
            cursor.levels.append(entered)
        return "\n".join(remarks)

    def _range(self, cursor: Cursor, body: str, column: int) -> str:
        names = []
        parts = re.sub(r"^int\w*\s+ra\w*\s+", "", body).split(",")
        if len(parts) > MOST_RANGES:
            raise Refused(INVALID, column + len(body) - 1)
        for part in parts:
            span = re.fullmatch(r"\s*([A-Za-z-]+) ?((?:\d+/)*)(\d+)(?:\s*-\s*(?:[A-Za-z-]+)?(?:\d+/)*(\d+))?\s*", part)
            if span is None:
                raise Refused(INVALID, column + len(body) - 1)
            for number in range(int(span[3]), int(span[4] or span[3]) + 1):
                names.append(interface_name(f"{span[1]}{span[2]}{number}"))
        sections = [self.interface(name) for name in names if name is not None]
        known = [section for section in sections if section is not None]
        if len(known) != len(names):
            raise Refused(INVALID, column + len(body) - 1)
        cursor.levels = [cursor.levels[0], known]
        return ""

    def _open(self, section: Section, typed: Match, column: int) -> tuple[list[Section], str]:
        """Enter a section, making it where it may be made."""
        rule = typed.rule
        assert rule is not None
        assert rule.opens is not None
        services.check(self.root, section, typed, column)
        keys, context = [typed.key], rule.opens
        if context == "interface":
            name = typed.values[0]
            context = self._kind(name)
            if not context:
                raise Refused(INVALID, column + len("interface "))
        elif context == "vlan":
            keys = [f"vlan {vlan}" for vlan in sorted(settings.vlan_set(typed.values[0]))]
        elif context in ("acl", "standard-acl"):
            access_lists.check_name(typed.text.split()[2], typed.values[0])
        elif context == "line":
            keys = [key for key in SHARED_LINES if settings.covers(typed.text, key)]
            if not keys:
                raise Refused(INVALID, column + len("line "))
        opened = []
        for key in keys:
            entry = section.entries.get(key)
            if not isinstance(entry, Section):
                entry = section.entries[key] = Section(rule, key, context)
            if context in ("class-map", "route-map"):
                entry.text = typed.text  # more is said in it than what it is known by
            opened.append(entry)
        return opened, ""

    def _kind(self, name: str) -> str:
        """The context of an interface; empty where a switch has none of this name."""
        if name in self.ports:
            return "port"
        kind, number = re.match(r"(\D+)(.*)", name).groups()  # type: ignore[union-attr]
        kinds = {"Vlan": ("svi", range(1, 4095)), "Port-channel": ("port-channel", range(1, 49))}
        context, numbers = kinds.get(kind, ("loopback", range(2**31)))
        return context if number.isdigit() and int(number) in numbers and kind in (*kinds, "Loopback") else ""

    def _set(self, section: Section, typed: Match, column: int) -> str:
        rule = typed.rule
        assert rule is not None
        if typed.text.startswith("ip access-list resequence "):
            return self._resequence(typed)
        if not rule.shown:
            return ""
        if access_lists.is_list(section):
            access_lists.add_row(section, typed, typed.text)
            return ""
        if typed.text.startswith("access-list "):
            _, number, row = typed.text.split(None, 2)
            access_lists.add_row(self._numbered(rule, number), typed, row)
            return ""
        if rule.layer and (rule.layer == 3) != section.routed:
            if rule.layer == 2:
                name = section.text.removeprefix("interface ")
                raise Refused(f"Command rejected: {name} not a switching port.")
            raise Refused(INVALID, column + len(typed.text.split()[0]) + 1)
        texts, remark = settings.settle(self.root, section, typed, column)
        if rule.spec == "aaa new-model" and not section.has(rule.spec):
            services.forget_logins(self.root)
        if rule.key == "channel-group":
            remark = channels.join(self.root, section, typed)
        was_off = rule.spec == "ip http secure-server" and section.has(rule.spec)
        for key, text in texts.items():
            self._store(section, rule, key, text)
        if rule.spec == "switchport":
            self._forget_layer(section, 3)
        if was_off:
            self._certify()
        return remark

    def _certify(self) -> None:
        """The HTTPS server wants a certificate: without one, the switch makes its own."""
        name = certificates.trustpoint(self.serial)
        if any(True for _ in self.root.sections("crypto pki certificate chain ")):
            return
        cursor = Cursor(self.root)
        for line in (
            f"crypto pki trustpoint {name}", "enrollment selfsigned",
            f"subject-name cn=IOS-Self-Signed-Certificate-{name.rpartition('-')[2]}", "revocation-check none",
            f"rsakeypair {name}", f"crypto pki certificate chain {name}", "certificate self-signed 01",
        ):  # fmt: skip
            self.apply(cursor, line)

    def _numbered(self, rule: Rule, number: str) -> Section:
        """The numbered access list; made on the spot."""
        key = access_lists.section_line(number)
        entry = self.root.entries.get(key)
        if not isinstance(entry, Section):
            context = "standard-acl" if "standard" in key else "acl"
            entry = self.root.entries[key] = Section(rule, key, context)
        return entry

    def _resequence(self, typed: Match) -> str:
        name, first, step = typed.values
        for section in self.root.sections("ip access-list "):
            if section.text.split()[-1] == name:
                access_lists.resequence(section, int(first), int(step))
                return ""
        raise Refused("% Access-list resequence failed. List does not exist.")

    def _store(self, section: Section, rule: Rule, key: str, text: str) -> None:
        """Set one line, or clear it where it says what is so anyway."""
        if rule.spec.startswith("passive-interface <") and section.has("passive-interface default"):
            section.entries.pop(key, None)
            return
        if rule.toggle == "on" or (rule.default == text and not rule.always):
            section.entries.pop(key, None)
            return
        section.entries[key] = Line(rule, text)

    def _forget_layer(self, section: Section, layer: int) -> None:
        for key in [key for key, entry in section.entries.items() if entry.rule and entry.rule.layer == layer]:
            del section.entries[key]

    def _remove(self, section: Section, typed: Match, confirmed: bool, column: int) -> str:
        rule = typed.rule
        if rule is not None and rule.toggle == "on":
            section.entries[typed.key] = Line(rule, f"no {typed.text}")
            if rule.spec == "switchport":
                self._forget_layer(section, 2)
            return ""
        keys = settings.named(section, typed)
        if typed.text.startswith("passive-interface ") and rule is not None:
            if rule.toggle == "off" and typed.values:
                section.entries.pop(typed.key, None)
                if section.has("passive-interface default"):
                    section.entries[typed.key] = Line(rule, f"no {typed.text}")
                return ""
            keys = [key for key in section.entries if key.startswith("passive-interface ")]
        if typed.text.startswith("username") and keys and not confirmed:
            raise Confirm(
                "This operation will remove all username related configurations with same name."
                "Do you want to continue? [confirm]"
            )
        services.check_removal(self.root, section, typed, keys)
        remark = ""
        for key in keys:
            entry = section.entries.get(key)
            if entry is None:
                continue
            if key.removeprefix("interface ") in self.ports and section is self.root:
                if column < len("default "):
                    raise Refused("% Removal of physical interfaces is not permitted.")
                entry.entries.clear()  # type: ignore[union-attr]
            elif key in SHARED_LINES or key == "interface Vlan1":
                entry.entries.clear()  # type: ignore[union-attr]
            elif key.startswith("switch 1 provision"):
                raise Refused("%% Switch can not be un-provisioned when it is physically present")
            else:
                del section.entries[key]
                remark = services.removed(self.root, key) or remark
                if key.startswith("interface Port-channel"):
                    channels.dissolve(self.root, int(key.removeprefix("interface Port-channel")))
        if access_lists.is_list(section):
            access_lists.count_anew(section)
        return remark

    # --- printing

    def text(self) -> str:
        """The configuration as IOS prints it, from ``version`` to ``end``."""
        lines = ["!", "version 15.2"]
        group = 0
        for entry in ordered(self.root).values():
            rule = entry.rule
            assert rule is not None
            if isinstance(entry, Section) or rule.group != group:
                lines.append("!")
            group = -1 if isinstance(entry, Section) else rule.group
            lines.extend(printed(entry))
            if entry.text.startswith("hostname "):
                lines.extend(["!", "boot-start-marker", "boot-end-marker"])
        return "\n".join([*lines, "!", "end", ""])


def logical_lines(text: str) -> Iterable[str]:
    """The lines of a configuration file; a banner, or a certificate, which runs over several, is one."""
    several: list[str] = []
    for line in text.replace("\r", "").split("\n"):
        if several:
            several.append(line)
            if settings.ended("\n".join(several)):
                yield "\n".join(several)
                several = []
        elif line.startswith(("banner ", " certificate ")) and not settings.ended(line):
            several = [line]
        elif line.strip() == "end":
            return
        else:
            yield line
