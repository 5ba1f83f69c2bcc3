"""Where passwords come from, in which order, and that nothing tells one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from nornir_tasks.devices import vault
from nornir_tasks.devices.credentials import Credentials, CredentialsError
from nornir_tasks.model import Device, Position, Stage
from tests.support import small_region as small

CANARY = "canary-8d20"
REGION = small.region()


def device(**standard: object) -> Device:
    """A switch of Loppa that is told this of passwords."""
    one = REGION.devices["loppa-acc-01"]
    return one.model_copy(update={"standard": one.standard.model_copy(update=standard)})


def sealed(where: Path, text: str, monkeypatch: pytest.MonkeyPatch, password: str = "open sesame") -> str:
    """A file that ansible-vault encrypted, and Ansible knows with which password."""
    file, secret = where / "passwords.yml", where / "vault-password"
    file.write_text(text)
    secret.write_text(f"{password}\n")
    command = [Path(sys.executable).parent / "ansible-vault", "encrypt", "--vault-password-file", secret, file]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    assert CANARY not in file.read_text()
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(secret))
    return str(file)


def command(where: Path, answer: str = "") -> tuple[str, ...]:
    """A program that writes down what it is told, and prints a password."""
    program = where / "fetch"
    program.write_text(f'#!/bin/sh\n(echo "$@"; env) > {where}/told\necho {answer or f"{CANARY}-command"}\n')
    program.chmod(0o700)
    return (str(program), "--quietly")


def asked(one: Device, environ: Mapping[str, str] | None = None) -> str:
    """The password of the centre's account."""
    return Credentials(REGION, environ or {}).own_account(one).password


TEXT = f"""
all: {{drift: {CANARY}-all, vakt: {CANARY}-vakt}}
loppa: {{kommune: "{CANARY}-kommune"}}
operations_centre: {{drift: {CANARY}-centre}}
"""


def test_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environment, vault, command; where the vault has no entry, the command is asked."""
    file, program = sealed(tmp_path, TEXT, monkeypatch), command(tmp_path)
    both = device(credentials_vault=file, credentials_command=program)
    assert asked(both, {"FELLESDRIFT_PASSWORD": f"{CANARY}-environment"}) == f"{CANARY}-environment"
    assert asked(both) == f"{CANARY}-all"
    assert not (tmp_path / "told").exists()
    assert asked(device(credentials_command=program)) == f"{CANARY}-command"
    assert Credentials(REGION, {}).password(both, "nobody") == f"{CANARY}-command"


def test_a_municipality_comes_before_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before CONNECT the account that was lent, after it the centre's own."""
    loppa = device(credentials_vault=sealed(tmp_path, TEXT, monkeypatch))
    centre = loppa.model_copy(update={"municipality": "operations_centre"})
    found = Credentials(REGION, {})
    assert found.account(loppa, Position()).password == f"{CANARY}-kommune"
    assert found.account(loppa, Position({"loppa": Stage.CONNECT})).password == f"{CANARY}-all"
    assert found.own_account(centre).password == f"{CANARY}-centre"
    assert found.password(loppa, "vakt") == f"{CANARY}-vakt"
    assert CANARY not in repr(found)


def test_the_vault_is_opened_once_and_only_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region's hundred switches would open it a hundred times; and nothing of it is left on disk."""
    one = device(credentials_vault=sealed(tmp_path, TEXT, monkeypatch))
    found = Credentials(REGION, {})
    found.own_account(one)
    (tmp_path / "vault-password").unlink()
    assert found.password(one, "vakt") == f"{CANARY}-vakt"
    state = Path(os.environ["FELLESDRIFT_STATE"])
    files = [path for path in (*tmp_path.rglob("*"), *state.rglob("*")) if path.is_file()]
    assert files
    assert not any(CANARY.encode() in path.read_bytes() for path in files)


def test_a_program_may_print_the_vaults_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And an identity list may name it, as in ansible.cfg; the one that opens is found among several."""
    one = device(credentials_vault=sealed(tmp_path, TEXT, monkeypatch))
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE")
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    wrong.write_text("something else\n")
    right.write_text("#!/bin/sh\necho open sesame\n")
    right.chmod(0o700)
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", f"old@{wrong},centre@{right}")
    assert asked(one) == f"{CANARY}-all"


def wrong(one: Device, words: str) -> None:
    """Refused with these words, without a secret, and for the account of the municipality."""
    with pytest.raises(CredentialsError, match=words) as error:
        asked(one)
    assert "account 'drift' of loppa" in str(error.value)
    assert CANARY not in repr(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"- {CANARY}\n", "found a value of type list, expected municipality"),
        (f"loppa: {CANARY}\n", "loppa: found a value of type str, expected {account: password}"),
        ("loppa: {drift: 12345}\n", "loppa.drift: found a value of type int, expected a password as text; a number"),
        ("loppa: {drift: }\n", "loppa.drift: found nothing, expected a password as text$"),
        (f"all: {{drift: {CANARY}\n", "found what is not YAML in line 2"),
        (f"lopa: {{drift: {CANARY}}}\n", "found 'lopa', expected one of all, loppa, operations_centre"),
    ],
)
def test_a_vault_of_another_shape(text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File and key are named, never what stands there."""
    file = sealed(tmp_path, text, monkeypatch)
    wrong(device(credentials_vault=file), f"{file}.*{words}".replace("{", r"\{"))


def test_clear_text_is_refused(tmp_path: Path) -> None:
    """However good its passwords are."""
    file = tmp_path / "passwords.yml"
    file.write_text(TEXT)
    wrong(device(credentials_vault=str(file)), f"{file}: found clear text, expected .*ansible-vault encrypt$")


def test_a_missing_vault_is_no_empty_one(tmp_path: Path) -> None:
    """Else a slip in its name would go unnoticed until somebody wonders whom the command asks."""
    one = device(credentials_vault=str(tmp_path / "none"), credentials_command=command(tmp_path))
    wrong(one, f"{tmp_path / 'none'}: expected a file of ansible-vault, found none")
    assert not (tmp_path / "told").exists()


def test_the_vaults_own_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None, another one, one that is not there, a program that fails, and one that would have to be typed."""
    one = device(credentials_vault=sealed(tmp_path, TEXT, monkeypatch))
    secret = tmp_path / "vault-password"
    secret.write_text(f"{CANARY}-other\n")
    wrong(one, "the vault's password does not open it; tried vault id default")
    secret.unlink()
    wrong(one, f"vault id default: {secret} gave no password")
    secret.write_text(f"#!/bin/sh\necho {CANARY} >&2\nexit 1\n")
    secret.chmod(0o700)
    wrong(one, f"vault id default: {secret} gave no password")
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE")
    wrong(one, "no password for the vault; expected ANSIBLE_VAULT_PASSWORD_FILE")
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "centre@prompt")
    wrong(one, "vault id centre: found 'prompt', expected a file or a program")


def test_no_place_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that were tried are named."""
    wrong(device(), "expected FELLESDRIFT_PASSWORD in the environment, credentials_vault, or credentials_command")
    file = sealed(tmp_path, "all: {vakt: x}\n", monkeypatch)
    wrong(device(credentials_vault=file), f"an entry in {file}, or credentials_command")


def test_the_command_is_told_who_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its arguments nor its environment hold a secret of ours; its own settings it does get."""
    names = ("FELLESDRIFT_PASSWORD_VAKT", "FELLESDRIFT_LEGACY_PASSWORD", "FELLESDRIFT_KEY", "FELLESDRIFT_JOURNAL")
    for name in names:
        monkeypatch.setenv(name, CANARY)
    monkeypatch.setenv("OTHER_TOOL", "stays")
    assert asked(device(credentials_command=command(tmp_path, "pass-word"))) == "pass-word"
    told = (tmp_path / "told").read_text()
    assert told.startswith("--quietly loppa drift\n")
    assert "OTHER_TOOL=stays" in told
    assert CANARY not in told
    assert not any(name in told for name in names)


def test_a_command_that_fails_is_named_and_what_it_printed_is_not(tmp_path: Path) -> None:
    """It may have been half of a password."""
    program = tmp_path / "fetch"
    program.write_text(f"#!/bin/sh\necho {CANARY}\necho {CANARY} >&2\nexit 3\n")
    program.chmod(0o700)
    wrong(device(credentials_command=(str(program),)), f"credentials_command {program} ended with 3")


def test_what_is_read_is_what_ansible_vault_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file, the same settings, two programs."""
    file = sealed(tmp_path, TEXT, monkeypatch)
    shown = subprocess.run(
        [Path(sys.executable).parent / "ansible-vault", "view", file], capture_output=True, text=True, check=True
    ).stdout
    assert all(password in shown for accounts in vault.read(Path(file)).values() for password in accounts.values())
