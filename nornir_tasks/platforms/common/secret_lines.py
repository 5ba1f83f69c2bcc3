"""Where configurations hold secrets: each platform's table of the forms that are known, and behind it a net.

The net takes what follows a word such as ``password`` or ``key``, and whatever looks like a hash, unless a table says
that it is none: a form that nobody has thought of is masked rather than shown. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nornir_tasks.platforms.common.config_tree import FreeTexts
from nornir_tasks.platforms.common.grammar import Grammar

Form = tuple[re.Pattern[str], str]
Span = tuple[int, int, str]  # where a secret stands in its line, and what it belongs to

LONGEST_KEY = 60  # characters of what a secret belongs to
MASKED = re.compile(r"<secret:[^>]*>")
TOKEN = re.compile(r'"[^"]*"|\S+')
# What is followed by a secret.
WORD = re.compile(
    r"pass(?:word|wd|phrase|code)|pass-phrase|password-encrypt|secret|key|(?:pre|set)?-?shared-?key|wpa-psk|psk|community"
    r"|auth|priv|md5|(?:hmac-)?sha[\d-]*|[hc]mac-\S+|token|(?:plain|cipher)text|cak|credentials?|pin|api-?key|key-(?:string|value)"
    r"|[\w-]+-(?:key|password|secret|passphrase|token)"
)
COUNTED = re.compile(r"(?:\S+-)?key|md5|auth|priv|pin|sha\d*|hmac-\S+")  # a number behind these is a name
# What may stand between such a word and its secret: the form that it is in.
FORMS = re.compile(
    r"[05-9]|8a|level|1[0-5]|text|ascii|hex|encrypted|unencrypted|clear|plain|aes|aes\d+|des|3des|128|192|256|is"
)
# Words that are no secret where one might stand.
NO_SECRETS = frozenset({
    "default", "required", "local", "none", "chain", "authentication", "policy", "type", "length", "minimum",
    "maximum", "encryption", "history", "disable", "enable", "enabled", "disabled", "expire", "prompt", "optional",
    "read", "write", "notify", "access", "noauth", "key-id", "profile", "algorithm", "mode", "level-1", "level-2",
    "rx-disabled", "size", "field",
})  # fmt: skip
HASH = re.compile(
    r"\$(?:\d{1,2}|2[aby]|sha\d+|5|6)\$[^\s\"]+"
    r"|(?<![\w.:/-])[0-9a-fA-F]{32,}(?![\w.:/-])"
    r"|(?<![\w+/])(?=[A-Za-z0-9+/]*\d)(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{40,}={0,2}(?![\w+/=])"
)
COMMUNITY_FORMS = frozenset({"read", "write", "ro", "rw"})  # in front of a community's name, as some write it
PROMPT = re.compile(r"[\w.-]+(?P<mode>\([\w-]+\))?[#>] ?(?=\S)")  # of a session that was written down
PUBLIC = re.compile(r"snmp-server engineID |username \S+ ssh-?key ")  # looks like a hash, and is for everybody
PRIVATE_KEY = re.compile(r"-----(BEGIN|END) [A-Z ]*PRIVATE KEY-----")
URL = re.compile(r"://[^\s:/@\"]+:(?P<secret>[^\s@\"]+)@")
FREE_TEXT = re.compile(r"\s*(?:description|name|remark|banner|alias|\S+ remark|snmp-server (?:location|contact)) ")


@dataclass(frozen=True)
class SecretTable:
    """What a platform knows. A form has a group ``secret`` (and perhaps ``secret2``), and names what it belongs to by a
    template over its groups; one that ends in ``#`` is numbered, the same secret by the same number.
    """

    forms: tuple[Form, ...]
    harmless: re.Pattern[str]  # whole lines, without indentation and ``no``, that hold none
    grammar: Grammar  # where free text begins and ends: nothing in it is a setting


class _Keys:
    """What the secrets of a text are called: no two of them the same."""

    def __init__(self, shared: Mapping[str, str]) -> None:
        self.secrets: dict[str, str] = {}
        self._shared = shared

    def find(self, key: str, secret: str) -> str:
        """The name of a secret. It is new, or was given to the same secret before."""
        if secret in self._shared:
            key = self._shared[secret]
        base, numbered = key.removesuffix("#").strip(), key.endswith("#")
        number = 1
        while True:
            name = f"{base} {number}" if numbered or number > 1 else base
            if self.secrets.setdefault(name, secret) == secret:
                return name
            number += 1


def mask_lines(text: str, table: SecretTable, shared: Mapping[str, str] | None = None) -> tuple[str, dict[str, str]]:
    """Put ``<secret:KEY>`` in the place of every secret.

    Args:
        text: of a configuration; only a line feed ends a line.
        table: of its platform.
        shared: what a secret is called wherever it stands.

    Returns:
        The masked text, and KEY to what stood there: no two secrets are called the same.
    """
    keys = _Keys(shared or {})
    masked: list[str] = []
    lines = text.split("\n")
    free_texts = FreeTexts(lines, table.grammar)
    last = -1  # of the free text that is being read
    in_private_key = False
    for number, line in enumerate(lines):
        if in_private_key and not PRIVATE_KEY.search(line):
            masked.append(f"<secret:{keys.find('private key #', line)}>" if "<secret:" not in line else line)
            continue
        in_private_key = bool((edge := PRIVATE_KEY.search(line)) and edge[1] == "BEGIN")
        if number <= last:
            masked.append(line)
            continue
        last = free_texts.find_last(number) or number  # one that never ends hides nothing from us
        masked.append(_mask_line(line, table, keys))
    return "\n".join(masked), keys.secrets


def _mask_line(line: str, table: SecretTable, keys: _Keys) -> str:
    # What is masked already counts as one word.
    masked = MASKED.findall(line)
    if masked:
        line = MASKED.sub("\0", line)
    named, at = [], 0
    for start, stop, key in sorted(find_secrets(line, table)):
        if start < at or "\0" in line[start:stop]:
            continue
        named += [line[at:start], f"<secret:{keys.find(key, line[start:stop])}>"]
        at = stop
    text = "".join([*named, line[at:]])
    for placeholder in masked:
        text = text.replace("\0", placeholder, 1)
    return text


def find_secrets(line: str, table: SecretTable) -> list[Span]:
    """The secrets of a line that is read by itself; two may overlap, then the first counts."""
    if prompt := PROMPT.match(line):
        typed = line[prompt.end() :]
        indent = " " if (prompt["mode"] or "").startswith("(config-") else ""  # as the configuration shows it
        shift = prompt.end() - len(indent)
        return [(start + shift, stop + shift, key) for start, stop, key in find_secrets(indent + typed, table)]
    for pattern, template in table.forms:
        if match := pattern.fullmatch(line):
            key = re.sub(r"\{(\w+)\}", lambda part: match[part[1]].strip('"') if match[part[1]] else "", template)
            groups = [name for name in pattern.groupindex if name.startswith("secret") and match[name]]
            keys = {"secret": key, "secret2": f"second {key}"}
            return [(*match.span(name), keys[name]) for name in groups]
    spans = [(*match.span("secret"), "URL") for match in URL.finditer(line)]
    if PUBLIC.match(line):
        return spans
    if not FREE_TEXT.match(line) and not table.harmless.fullmatch(line.strip().removeprefix("no ")):
        spans += _cast_net(line)
    return [*spans, *((*match.span(), "hash") for match in HASH.finditer(line))]


def _cast_net(line: str) -> Iterator[Span]:
    """What follows a word that announces a secret."""
    tokens = list(TOKEN.finditer(line))
    words = [token[0].strip('":=').lower() for token in tokens]
    for at, word in enumerate(words):
        if not WORD.fullmatch(word):
            continue
        first = value = at + 1
        while value < len(tokens) - 1 and (
            FORMS.fullmatch(words[value]) or (word == "community" and words[value] in COMMUNITY_FORMS)
        ):
            value += 1
        if value >= len(tokens) or WORD.fullmatch(words[value]) or words[value] in NO_SECRETS:
            continue
        if COUNTED.fullmatch(word) and words[value].isdigit() and len(words[value]) < 6:
            continue
        start, stop = tokens[value].span()
        if tokens[value][0].startswith('"'):
            start, stop = start + 1, stop - 1
        elif first < value and words[value - 1].isdigit():
            start = tokens[value - 1].start()  # the form of a password is a part of it
        key = " ".join(words[: at + 1])
        yield start, stop, re.sub(r"[<>\s]+", " ", key)[:LONGEST_KEY]
