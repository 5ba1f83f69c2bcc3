"""What this process knows is masked in every text; what only looks like a word of the language is not."""

import html
import json
import resource
import shlex
import time
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest

from nornir_tasks.core import secrets
from nornir_tasks.core.child_environment import make_child_environment, remember_environment
from nornir_tasks.core.secrets import (
    hide_secrets,
    mask_secrets,
    remember_secret,
    remember_stored,
    reveal_secrets,
    stands_out,
)
from nornir_tasks.platforms import platform

QUOTE = "'"  # YAML doubles it
STORED = (
    "5 $1$abcd$0123456789abcdefghijkl",
    "9 $9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfco",
    "8 $8$dsYGNam3K1SIJO$7nv/35M/qr6t.dVc7UY9zrJDWRVqncHub1PE9UlMQFs",
    "sha512 $6$VvtXRuAVz8jgqhWY$dO2m8tG9F5nYg0c1tTq8kz6y6iUuQ1xYzO0o0nqGxv1Z4Tq9Y5o6kq.",
    "7 0822455D0A16",
    "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    "Kanari-7f3e",
    "hemmelig!ord",
)
# Secrets, too, and masked on their own lines; elsewhere each may be anybody's word.
COMMON = (
    *("public", "kommune", "private", "cisco", "Kommune2026", "ADMINISTRATION", "10.17.0.1", "00:11:22:33:44:55"),
    *("loppa-core-01", "hammerfest-helsesenter-acc-01", "GigabitEthernet1/0/24", "Port-Channel10", "short1A"),
)
AROUND = ("{}", "refused: '{}'", '"{}",', "the hash {}.", "secret={}", "({})", "x\n{}\ny", "key {};", "<b>{}</b>")


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("stored", STORED)
def test_what_a_device_stores_is_masked_in_any_sentence(stored: str, around: str) -> None:
    """With and without the word for its form, whatever stands around it."""
    remember_stored([stored])
    value = stored.rsplit(maxsplit=1)[-1]
    assert mask_secrets(around.format(value)) == around.format("<secret>")
    assert value not in mask_secrets(around.format(stored))


@pytest.mark.parametrize("word", COMMON)
def test_a_common_word_does_not_blind_who_reads(word: str) -> None:
    """A community `public` is a secret on its line; in a diff of a port's description it is a word."""
    remember_stored([word, f"0 {word}"])
    text = f"description {word}: {word}s of {word}"
    assert mask_secrets(text) == text
    assert not stands_out(word)


@pytest.mark.parametrize(
    ("name", "line", "value"),
    [
        (
            "ios",
            "username drift privilege 15 secret 5 $1$abcd$0123456789abcdefghijkl",
            "$1$abcd$0123456789abcdefghijkl",
        ),
        ("ios", "snmp-server community Kanari-7f3e RO", "Kanari-7f3e"),
        ("eos", "username drift privilege 15 secret sha512 $6$abcd$0123456789", "$6$abcd$0123456789"),
        ("eos", "snmp-server community Kanari-7f3e ro", "Kanari-7f3e"),
        ("procurve", 'snmp-server community "Kanari-7f3e" operator', "Kanari-7f3e"),
    ],
)
def test_masking_a_configuration_is_enough(name: str, line: str, value: str) -> None:
    """Reading a configuration masks its secrets in all that comes after; without any log switched on."""
    masked, secrets = platform(name).mask(f"{line}\n")
    assert value not in masked
    assert mask_secrets(f"the switch said: {value} is no good") == "the switch said: <secret> is no good"
    assert platform(name).unmask(masked, secrets) == f"{line}\n"


def test_what_is_logged_in_with_is_masked_as_others_quote_it() -> None:
    """By JSON, Python, YAML, a shell, in a page, in an address, and in base64, as a login over HTTP has it."""
    secret = "p4ss w%rd&'x\"ø<y>*_1"
    remember_secret(secret)
    content = secret.encode()
    forms = [json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret), repr(content)]
    forms += [
        html.escape(secret),
        html.escape(secret, quote=False),
        shlex.quote(secret),
        f"'{secret.replace(QUOTE, QUOTE * 2)}'",
    ]
    forms += [quote(secret), quote(secret, safe=""), quote_plus(secret)]
    for form in forms:
        assert "4ss" not in mask_secrets(f"before {form} after"), form
    for account in ("drift", "ola", "driftssentral", "d"):
        header = b64encode(f"{account}:{secret}".encode()).decode()
        told = mask_secrets(f"Authorization: Basic {header}").removeprefix("Authorization: Basic ")
        left, _, right = told.partition("<secret>")
        assert len(left) <= len(account) * 4 // 3 + 3
        assert len(right) <= 4


@pytest.mark.parametrize(
    ("variable", "value", "secrets"),
    [
        ("FELLESDRIFT_JOURNAL", "postgresql://u:nordlys%2F91@10.0.0.1/f", ("nordlys%2F91", "nordlys/91")),
        (
            "FELLESDRIFT_JOURNAL",
            "postgresql://u@10.0.0.1/f?password=nordlys-91&sslpassword=torsk-17",
            ("nordlys-91", "torsk-17"),
        ),
        ("PGPASSWORD", "nordlys-91", ("nordlys-91",)),
    ],
)
def test_a_password_of_the_journal_is_known_from_the_start(
    variable: str, value: str, secrets: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever PostgreSQL's library would find it; and no program that is started is given it."""
    monkeypatch.setenv(variable, value)
    remember_environment()
    for secret in secrets:
        assert mask_secrets(f"no entry for {secret}") == "no entry for <secret>"
    assert variable not in make_child_environment()
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def test_what_is_logged_in_with_is_masked_wherever_it_stands() -> None:
    """Inside of a word, too, and if it is one."""
    remember_secret("kommune")
    assert mask_secrets("kommunen") == "<secret>n"


def test_thousands_of_secrets_cost_what_one_costs() -> None:
    """A region's hashes are all known to a process that prints a line at a time."""
    text = "interface GigabitEthernet1/0/1\n description Administrasjon 2. etasje, dør 14\n" * 5000

    def cost() -> float:
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            mask_secrets(text)
            best = min(best, time.process_time() - begun)
        return best

    remember_stored(["$1$abcd$0123456789abcdefghijkl"])
    alone = cost()
    remember_stored([f"$9$salt{number:05d}$0123456789abcdefghijkl" for number in range(5000)])
    assert cost() < 4 * alone + 0.01


def test_what_is_hidden_for_a_file_is_read_back_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer secrets that hold shorter ones, words of a device, numbers and keys; and whoever reads it knows them."""
    monkeypatch.setattr(secrets, "_store", secrets.SecretStore())
    for known in ("torsk", "torsk og sei", "1234"):
        remember_secret(known)
    remember_stored(STORED)
    value = {"torsk": ["torsk, torsk og sei", 1234, True, None], "rows": (f"x {STORED[1]}", "kommune 12345", "sei")}
    hidden, tokens = hide_secrets(value)
    text = json.dumps(hidden)
    assert not any(secret in text for secret in ("torsk og", "torsk,", "kommune 1234", STORED[1].split()[1]))
    assert '"torsk"' in text  # a key is ours
    monkeypatch.setattr(secrets, "_store", secrets.SecretStore())
    assert reveal_secrets(hidden, tokens) == {**value, "rows": list(value["rows"])}
    assert mask_secrets("torsk") == "<secret>"
    assert hide_secrets({"a": 1}) == ({"a": 1}, {})
