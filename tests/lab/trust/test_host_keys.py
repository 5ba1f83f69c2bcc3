"""Whom the tools take a switch for: its host key, its certificate, and what becomes of a login when they are others."""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paramiko import ECDSAKey, HostKeys, PKey

from lab.state.store import Store
from nornir_tasks.core import state
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import LoginAccount
from nornir_tasks.platforms.eos.session import EosSession
from nornir_tasks.trust import certificates, host_keys
from nornir_tasks.trust.host_keys import HostKeyChanged, HostKeyUnknown, KnownHosts
from tests.support import eos_bench, ios_bench, procurve_bench
from tests.support import small_region as small
from tests.support.permits import allow
from tests.support.switch_bench import Bench

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 14
DEVICE = small.region().devices["loppa-acc-01"]
Serve = Callable[[Path], AbstractContextManager[Bench]]
SERVE: dict[str, Serve] = {
    "ios": lambda where: ios_bench.served(where, PORT, "access"),
    "eos": lambda where: eos_bench.served(where, PORT, eos_bench.legacy("core", ("telnet", "no_eapi"))),
    "procurve": lambda where: procurve_bench.served(where, PORT, procurve_bench.LEGACY),
}
ACCOUNT = LoginAccount("kommune", "canary-77e1-not-sent")


def key() -> PKey:
    """A host key of nobody's."""
    return ECDSAKey.generate()


@contextmanager
def listener() -> Iterator[tuple[int, list[object]]]:
    """Somebody who listens and says nothing. Shape: the port, and who came."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    came.append(server.accept())
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)


# The file


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment, else the inventory, else the state directory."""
    monkeypatch.delenv("FELLESDRIFT_KNOWN_HOSTS", raising=False)
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path))
    assert KnownHosts.of(DEVICE) == KnownHosts(tmp_path / "known_hosts", DEVICE.name)
    said = DEVICE.model_copy(update={"standard": DEVICE.standard.model_copy(update={"known_hosts": "some/where"})})
    assert KnownHosts.of(said).file == state.ROOT / "some/where"
    monkeypatch.setenv("FELLESDRIFT_KNOWN_HOSTS", "/else/where")
    assert KnownHosts.of(said).file == Path("/else/where")
    assert KnownHosts.of().file == Path("/else/where")


def test_what_is_written_is_found_again_and_by_openssh_too(tmp_path: Path) -> None:
    """The well-known port has no brackets; the file is its owner's."""
    known, one, other = KnownHosts(tmp_path / "deep" / "known_hosts"), key(), key()
    known.remember({host_keys.format_host("10.17.0.11", 22): [one], host_keys.format_host("10.17.0.11", 2222): [other]})
    assert known.find_keys("10.17.0.11", 22) == (one,)
    assert known.find_keys("10.17.0.11", 2222) == (other,)
    assert known.find_keys("10.17.0.12", 22) == ()
    assert known.file.stat().st_mode & 0o777 == 0o600
    found = os.popen(f"ssh-keygen -l -F '[10.17.0.11]:2222' -f {known.file}").read()
    assert other.fingerprint in found
    assert one.fingerprint not in found


def test_another_key_takes_the_place_of_the_old_and_of_nothing_else(tmp_path: Path) -> None:
    """Comments, other hosts, hosts on the same line and marked lines stay; a hashed name is found."""
    known, old, new = KnownHosts(tmp_path / "known_hosts"), key(), key()
    text = f"{old.get_name()} {old.get_base64()}"
    hashed = HostKeys.hash_host("10.17.0.11")
    known.file.write_text(
        f"# ours\n10.17.0.11 {text}\n10.17.0.12,10.17.0.11 {text} x\n{hashed} {text}\n@revoked 10.17.0.11 {text}\n"
    )
    known.remember({"10.17.0.11": [new]})
    assert known.file.read_text() == (
        f"# ours\n10.17.0.12 {text} x\n@revoked 10.17.0.11 {text}\n10.17.0.11 {new.get_name()} {new.get_base64()}\n"
    )


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each writes ten keys, one after the other; all are there."""
    file = tmp_path / "known_hosts"

    def write(number: int) -> None:
        for port in range(10):
            KnownHosts(file).remember({host_keys.format_host(f"10.0.0.{number}", port): [key()]})

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))
    assert len(file.read_text().splitlines()) == 40


@pytest.mark.parametrize("content", [b"host ssh-rsa !!!not-base64\n", b"\xff\xfe\n"])
def test_a_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    """It is named, and nobody is logged in to."""
    file = tmp_path / "known_hosts"
    file.write_bytes(content)
    with pytest.raises(HostKeyUnknown, match=f"{file}: expected a file of known hosts"):
        KnownHosts(file).netmiko_options("127.0.0.1", 22)


# A login


@pytest.mark.parametrize("name", list(SERVE))
def test_nothing_is_sent_to_an_unknown_switch(name: str, tmp_path: Path) -> None:
    """Not even a connection is opened, and the words say what to do; whoever catches a platform's errors catches it."""
    with listener() as (port, came):
        where = Endpoint(host="127.0.0.1", ssh_port=port, eapi_port=port)
        with pytest.raises(PlatformError) as refused:
            platform(name).connect(where, ACCOUNT, 2, KnownHosts(tmp_path / "none", "loppa-acc-01"))
    assert isinstance(refused.value, HostKeyUnknown)
    assert str(refused.value) == (
        f"127.0.0.1:{port}: Expected its host key in {tmp_path / 'none'}, actual none. Nothing was sent to it. "
        "Compare its key and trust it: scripts/trust.py loppa-acc-01"
    )
    assert came == []


@pytest.mark.parametrize("name", list(SERVE))
def test_a_switch_with_another_key_is_not_logged_in_to(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both fingerprints are told, and the command; nobody tried a password."""
    known, tried = KnownHosts(tmp_path / "known_hosts", "loppa-acc-01"), []
    with SERVE[name](tmp_path) as bench:
        monkeypatch.setattr("lab.server.listeners.admit", lambda *words: tried.append(words))
        where = bench.endpoint
        (right,) = known.find_keys(where.host, where.ssh_port)
        wrong = key()
        known.remember({host_keys.format_host(where.host, where.ssh_port): [wrong]})
        with pytest.raises(HostKeyChanged) as refused:
            platform(name).connect(where, ACCOUNT, 5, known)
        assert tried == []
        assert str(refused.value) == (
            f"{where.host}:{where.ssh_port}: Expected {host_keys.format_key(wrong)} (known from {known.file}), "
            f"actual ssh-ed25519 {right.fingerprint}. Nobody logged in. Find out why. "
            "If the switch was replaced: scripts/trust.py loppa-acc-01 --replace"
        )
        known.remember({host_keys.format_host(where.host, where.ssh_port): [right]})
        with pytest.raises(PlatformError, match="login") as refused_login:
            platform(name).connect(where, ACCOUNT, 5, known)
        assert not isinstance(refused_login.value, HostKeyChanged)
        assert tried


# A certificate


@pytest.fixture
def eos(tmp_path: Path) -> Iterator[tuple[Bench, KnownHosts]]:
    """A switch whose eAPI is on, and what is known of it."""
    with eos_bench.served(tmp_path, PORT, eos_bench.legacy("core")) as bench:
        yield bench, KnownHosts(tmp_path / "known_hosts", "loppa-acc-01")


def login(bench: Bench, known: KnownHosts) -> EosSession:
    """Log in with the right password."""
    session = platform("eos").connect(bench.endpoint, LoginAccount("kommune", eos_bench.PASSWORD), 10, known)
    allow(session)
    assert isinstance(session, EosSession)
    return session


def transport(bench: Bench, known: KnownHosts) -> str:
    """How the session goes, after it has read something."""
    with login(bench, known) as session:
        assert session.facts()["hostname"] == "SW-RADHUS-01"
        return "ssh" if session._is_over_ssh else "eapi"


def test_eapi_wants_a_certificate_that_is_known(eos: tuple[Bench, KnownHosts], tmp_path: Path) -> None:
    """With it, eAPI; without it, SSH, whose key is known; with another one, nothing at all."""
    bench, known = eos
    host, port = bench.endpoint.host, bench.endpoint.eapi_port
    pem = known.find_certificate(host, port)
    assert pem
    assert transport(bench, known) == "eapi"
    (tmp_path / "certificates" / f"{host}_{port}.pem").unlink()
    assert transport(bench, known) == "ssh"
    other = Store(tmp_path).certificates(["other"])["other"]
    known.remember_certificate(host, port, other[other.index("-----BEGIN CERT") :].encode())
    with pytest.raises(HostKeyChanged) as refused:
        login(bench, known)
    words = str(refused.value)
    assert words.startswith(f"{host}:{port}: Expected certificate SHA256:")
    assert f"actual {certificates.format_fingerprint(pem)}. Nobody logged in." in words
    assert words.endswith("scripts/trust.py loppa-acc-01 --replace")
    known.remember_certificate(host, port, b"rubbish")
    with pytest.raises(HostKeyUnknown, match="expected a certificate in PEM"):
        login(bench, known)


def test_a_switch_that_is_swapped_in_the_middle_gets_no_request(eos: tuple[Bench, KnownHosts]) -> None:
    """Each request of a session is a connection of its own; each looks again."""
    bench, known = eos
    with login(bench, known) as session:
        bench.call(lambda: bench.switch.fault(["new-key"]))
        asyncio.run_coroutine_threadsafe(bench.server.settled(), bench.loop).result(10)
        with pytest.raises(HostKeyChanged, match=r"reading the running configuration: .*another certificate: expected"):
            session.running()
    with pytest.raises(HostKeyChanged, match="Nobody logged in"):
        login(bench, known)


def test_an_old_certificate_is_as_good(tmp_path: Path) -> None:
    """A switch's own has run out, or is from 1970: what is compared is the certificate, byte for byte."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "old.invalid")])
    old = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(1970, 1, 2), datetime(1971, 1, 1))
    pem = old.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "both.pem").write_bytes(key.private_bytes(*form) + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "both.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for _ in range(2):
                with suppress(OSError), server.wrap_socket(listening.accept()[0], server_side=True) as one:
                    one.sendall(b"hello")

        thread = threading.Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        assert certificates.fetch("127.0.0.1", port, 5) == pem
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            certificates.make_context(pem).wrap_socket(plain) as secured,
        ):
            assert secured.recv(5) == b"hello"
        thread.join(5)
    printed = os.popen(f"openssl x509 -noout -fingerprint -sha256 -in {tmp_path / 'both.pem'}").read()
    assert certificates.format_fingerprint(pem) == f"certificate SHA256:{printed.strip().partition('=')[2]}"


def test_an_authority_may_vouch_instead(
    eos: tuple[Bench, KnownHosts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``FELLESDRIFT_EOS_CA``: a file with the switch's own certificate, or with one that it has nothing to do with."""
    bench, known = eos
    path = tmp_path / "certificates" / f"{bench.endpoint.host}_{bench.endpoint.eapi_port}.pem"
    own = path.rename(tmp_path / "own.pem")
    monkeypatch.setenv("FELLESDRIFT_EOS_CA", str(own))
    assert transport(bench, known) == "eapi"
    foreign = tmp_path / "foreign.pem"
    foreign.write_text(Store(tmp_path).certificates(["other"])["other"])
    monkeypatch.setenv("FELLESDRIFT_EOS_CA", str(foreign))
    with pytest.raises(PlatformError, match="certificate verify failed"):
        login(bench, known)
