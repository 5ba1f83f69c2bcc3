"""Where the files of a server hold secrets, and how its state is masked. Pure.

A secret is called by its file, and so by the same name whatever comes or goes in other files.
"""

import re
from collections.abc import Iterator, Mapping

from nornir_tasks.platforms.common.grammar import Grammar
from nornir_tasks.platforms.common.secret_lines import SecretTable, mask_lines
from nornir_tasks.platforms.debian.text import CONTENT, list_blocks

_NAME = r"[\w.-]*(?:pass(?:word|wd|phrase)|secret|token|psk|api_?key|private_?key|preshared_?key|credential)[\w.-]*"
TABLE = SecretTable(
    forms=tuple(
        (re.compile(form, re.IGNORECASE), key)
        for form, key in (
            # password = x, "password": "x", export PGPASSWORD='x'; a path or a word of a list of ours is none
            (rf"\W*(?:export |environment=)?\W*(?P<name>{_NAME})[\"']?\s*[=:]\s*[\"']?"
             r"(?P<secret>[^\s\"'#,;][^\"'#,;]*?)[\"']?\s*[,;]?\s*(?:#.*)?", "{name}"),
            (r"(?P<name>[^\s:#]+:(?:\d+|\*):[^:]+:[^:]+):(?P<secret>\S+)", "pgpass"),  # ~/.pgpass
            (r"(?P<name>[\w.-]+):(?P<secret>\$[\w-]+\$\S+?)(?::.*)?", "{name}"),  # a hash as in /etc/shadow, htpasswd
            (r".*(?P<secret>SCRAM-SHA-256\$\S+).*", "scram"),
            (r"\s*machine \S+ login \S+ password (?P<secret>\S+).*", "netrc"),
        )
    ),
    harmless=re.compile(
        r"#.*|;.*|//.*|(?:password|auth|account|session|@include)\s+(?:\[|required|requisite|sufficient|optional|include|common-|substack).*"
        r"|(?:Password|PubkeyA|HostKey|KbdInteractive|ChallengeResponse|PermitEmptyPasswords|AuthorizedKeys|Kex|Ciphers|MACs|HostbasedA|"
        r"PermitRootLogin|AuthenticationMethods|TrustedUserCAKeys)\w*\b.*"
    ),
    grammar=Grammar({}),
)  # fmt: skip
# Long base64 that is for everybody: keys that let in, certificates, keys of package archives.
PUBLIC_KEY = re.compile(r"(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) (?P<key>[A-Za-z0-9+/]+=*)")
PUBLIC_EDGE = re.compile(r"-----(?P<edge>BEGIN|END) (?:CERTIFICATE|PUBLIC KEY|PGP PUBLIC KEY BLOCK)-----")
DIGEST = re.compile(r"(?i)\b(?:sha\d*|md5|SHA256):[0-9A-Za-z+/=]+")


def mask_state(text: str) -> tuple[str, dict[str, str]]:
    """Put ``<secret:KEY>`` in the place of every secret. Shape: masked text, and KEY to what stood there."""
    masked: list[str] = []
    secrets: dict[str, str] = {}
    for head, below in list_blocks(text):
        content = [line[len(CONTENT) :] for line in below if line.startswith(CONTENT)]
        shown, file_secrets = _mask_content(content)
        path = head.partition(" ")[2].replace(">", "")
        names = {key: f"{path} {key}" for key in file_secrets}
        secrets |= {names[key]: secret for key, secret in file_secrets.items()}
        lines = iter(_rename(shown, names))
        masked += [head, *(CONTENT + next(lines) if line.startswith(CONTENT) else line for line in below)]
    return "".join(f"{line}\n" for line in masked), secrets


def mark_changed(intended: str, secrets: Mapping[str, str], former: Mapping[str, str]) -> str:
    """The masked text, with another name for each secret that differs from the one of that name in a former text.

    Args:
        intended: masked.
        secrets: of it, by key.
        former: those of the text that it is compared with.
    """
    for key, secret in secrets.items():
        if former.get(key, secret) != secret:
            intended = intended.replace(f"<secret:{key}>", f"<secret:{key}, another>")
    return intended


def unmark(text: str) -> str:
    """A masked text without what ``mark_changed`` put there."""
    return text.replace(", another>", ">")


def _rename(lines: list[str], names: Mapping[str, str]) -> list[str]:
    return [re.sub(r"<secret:([^>]*)>", lambda mark: f"<secret:{names.get(mark[1], mark[1])}>", x) for x in lines]


def _mask_content(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """The lines of one file. What is public is taken out before, and put back after."""
    public: list[str] = []

    def hide(found: re.Match[str]) -> str:
        public.append(found[0])
        return chr(0xE000 + (len(public) - 1) % 0x1900) + chr(0xE000 + (len(public) - 1) // 0x1900)

    hidden = list(_hide_public(lines, hide))
    if not any(hidden):
        return lines, {}
    text, secrets = mask_lines("\n".join(hidden), TABLE)

    def show(words: str) -> str:
        return re.sub(
            "([\ue000-\uf8ff])([\ue000-\uf8ff])",
            lambda mark: (
                public[place]
                if (place := ord(mark[1]) - 0xE000 + (ord(mark[2]) - 0xE000) * 0x1900) < len(public)
                else mark[0]
            ),
            words,
        )

    return [show(line) for line in text.split("\n")], {key: show(secret) for key, secret in secrets.items()}


def _hide_public(lines: list[str], hide: "re._Callback") -> Iterator[str]:  # type: ignore[name-defined]
    """The lines without keys and digests that are for everybody."""
    in_public = False
    whole = re.compile(r".+")
    for line in lines:
        if edge := PUBLIC_EDGE.search(line):
            in_public = edge["edge"] == "BEGIN"
            yield line
        elif in_public:
            yield whole.sub(hide, line)
        else:
            line = PUBLIC_KEY.sub(lambda key: key[0].replace(key["key"], hide(re.match(r".*", key["key"]))), line)
            yield DIGEST.sub(hide, line)
