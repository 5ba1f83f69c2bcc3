"""A reading logs in to switches whose SSH is as old as they are, and tells a switch that it cannot talk to."""

import asyncio
from contextlib import nullcontext
from pathlib import Path

import asyncssh
import pytest

from nornir_tasks.core.logging import Transcript
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault
from nornir_tasks.platforms.common.reading import Login
from nornir_tasks.platforms.ios.reader import open_reader
from nornir_tasks.trust.host_keys import KnownHosts

HOST = "127.0.0.1"


class Switch(asyncssh.SSHServer):
    """Takes one password."""

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == "canary-7731"


class QuestioningSwitch(Switch):
    """Takes the password in answer to a question alone (a TACACS server behind it wants that)."""

    def password_auth_supported(self) -> bool:
        return False

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> object:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: list[str]) -> bool:
        return responses == ["canary-7731"]


async def serve_shell(process: asyncssh.SSHServerProcess[str]) -> None:
    """A command line of IOS: it echoes, and knows nothing but its clock."""
    process.stdout.write("\r\nSW-1#")
    async for line in process.stdin:
        text = line.strip()
        answer = "12:00:00.000 UTC Mon Mar 1 1993\r\n" if text == "show clock" else ""
        process.stdout.write(f"{text}\r\n{answer}SW-1#")


async def ask_clock(where: Path, key_type: str, server: type[Switch], **offered: list[str]) -> str:
    """The answer of a switch that offers only this."""
    key = asyncssh.generate_private_key(key_type)
    listening = await asyncssh.listen(
        HOST,
        0,
        server_factory=server,
        server_host_keys=[key],
        process_factory=serve_shell,
        line_editor=False,
        **offered,
    )
    try:
        port = listening.get_port()
        file = where / "known_hosts"
        file.write_text(f"[{HOST}]:{port} {key.export_public_key().decode()}")
        transcript = Transcript("switch", lambda text: (text, {}))
        account = LoginAccount("drift", "canary-7731")
        login = Login(Endpoint(host=HOST, ssh_port=port), account, KnownHosts(file), transcript, 5.0, _Place())
        reader = await open_reader(login)
        try:
            await reader.ask(["show clock"])
        finally:
            await reader.close()
        return reader.session._show("show clock")  # type: ignore[attr-defined,no-any-return]
    finally:
        listening.close()


class _Place(nullcontext[None]):
    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None


OFFERED = {
    "AOS-S 16": ("ssh-rsa", {"kex_algs": ["diffie-hellman-group14-sha1"], "mac_algs": ["hmac-sha1"]}),
    "IOS 15.2 with SHA-1": (
        "ssh-rsa",
        {
            "kex_algs": ["diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1"],
            "encryption_algs": ["aes128-cbc", "3des-cbc"],
            "mac_algs": ["hmac-sha1", "hmac-sha1-96"],
            "signature_algs": ["ssh-rsa"],
        },
    ),
    "3DES and MD5": ("ssh-rsa", {"encryption_algs": ["3des-cbc"], "mac_algs": ["hmac-md5"]}),
    "EOS 4.30": (
        "ecdsa-sha2-nistp256",
        {"kex_algs": ["curve25519-sha256"], "encryption_algs": ["aes256-gcm@openssh.com"]},
    ),
}


@pytest.mark.parametrize("name", OFFERED)
def test_old_ssh_is_logged_in_to(name: str, tmp_path: Path) -> None:
    key_type, offered = OFFERED[name]
    assert asyncio.run(ask_clock(tmp_path, key_type, Switch, **offered)) == "12:00:00.000 UTC Mon Mar 1 1993"


def test_a_password_that_is_asked_for_in_a_question_is_given(tmp_path: Path) -> None:
    assert asyncio.run(ask_clock(tmp_path, "ssh-ed25519", QuestioningSwitch)).startswith("12:00")


def test_what_nothing_is_in_common_with_is_told(tmp_path: Path) -> None:
    """Group 1 has 1024 bits: no longer enough, here or with paramiko."""
    with pytest.raises(LoginError) as refused:
        asyncio.run(ask_clock(tmp_path, "ssh-rsa", Switch, kex_algs=["diffie-hellman-group1-sha1"]))
    assert refused.value.fault == LoginFault.OTHER
