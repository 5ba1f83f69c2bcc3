"""What a server tells is read: true outputs of Debian's tools, and anything else that may stand in their place."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.health import server_facts as facts
from nornir_tasks.health.server_facts import Disk, Listener, Part, SickUnit, UnitTrouble, foresee_full, parse_answer
from nornir_tasks.platforms.debian.session import ServerSession
from tests.support.server_answers import DISK, FOLLOWS, ITSELF, LOST, NOW, SOCKETS, UNITS, answer


def make_certificate(name: str, begins: datetime, ends: datetime) -> str:
    """A certificate in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 17, begins, ends)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def read(part: Part[Any], value: Any) -> Any:
    """The value of one part, as it is read."""
    reading = parse_answer(answer(**{part.key: value})).readings[part]
    assert not reading.error
    return reading.value


def test_where_a_server_listens() -> None:
    """At all addresses, at one, at an IPv4 address in the clothes of IPv6; an interface's name is left out."""
    assert read(facts.SOCKETS, SOCKETS) == (
        Listener("udp", None, 123),
        Listener("udp", "127.0.0.53", 53),
        Listener("udp", "fe80::5054:ff:fe12:3456", 546),
        Listener("tcp", "10.17.92.31", 443),
        Listener("tcp", None, 9100),
        Listener("tcp", None, 22),
        Listener("tcp", "127.0.0.1", 8080),
        Listener("tcp", "127.0.0.1", 5432),
    )


def test_units_that_are_not_well_and_why() -> None:
    """Not those that run once, whose condition does not hold, that end as they should and begin anew, or have moved."""
    began = datetime(2026, 12, 1, 4, 28, 30, tzinfo=UTC)
    failed = datetime(2026, 11, 30, 13, 2, 4, tzinfo=UTC)
    assert read(facts.UNITS, UNITS) == (
        SickUnit("fellesdrift-backup.service", UnitTrouble.FAILED, "exit-code", failed),
        SickUnit("fellesdrift-app-loppa-mail.service", UnitTrouble.RESTARTING, "oom-kill", began),
        SickUnit("chrony.service", UnitTrouble.STOPPED, "success", began),
    )


def test_what_a_clock_follows() -> None:
    tracking = read(facts.TRACKING, f"{FOLLOWS}\n")
    assert (tracking.source, tracking.stratum, tracking.is_synchronised) == ("10.10.1.10", 3, True)
    assert (tracking.reference_time, tracking.update_seconds) == (1796099280.123456789, 64.2)
    assert not read(facts.TRACKING, LOST).is_synchronised
    assert read(facts.TRACKING, ITSELF).is_own_clock


def test_certificates_and_whom_they_are_for() -> None:
    begins, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 12, tzinfo=UTC)
    blocks = [make_certificate("mail.loppa", begins, ends), make_certificate("authority", begins, ends)]
    certificates = read(facts.CERTIFICATES, [{"file": "/etc/fellesdrift/certificates/a.pem", "blocks": blocks}])
    assert [(each.subject, each.begins, each.ends) for each in certificates] == [
        ("CN=mail.loppa", begins, ends),
        ("CN=authority", begins, ends),
    ]


def test_what_a_backup_has_noted() -> None:
    assert read(facts.BACKUP, None) is None
    noted = {"backup_failed": 1, "restore_last_success_seconds": 5.5}
    notes = read(facts.BACKUP, noted)
    assert (notes.last_success, notes.has_failed, notes.last_restore) == (None, True, 5.5)


@pytest.mark.parametrize("part", facts.PARTS, ids=lambda part: part.key)
@pytest.mark.parametrize(
    "garbage",
    [
        {"error": "FileNotFoundError: [Errno 2] chronyc"},
        ["\x1b[2J"],
        "506 Cannot talk to daemon",
        7,
        {"averages": ["a"], "units": {"x": None}, "backup_last_success_seconds": "soon"},
        [{"place": "/", "bytes": "many", "file": "/etc/x", "blocks": ["-----BEGIN CERTIFICATE-----"]}],
        [[[[]]]],
    ],
    ids=["error", "escape", "words", "number", "mapping", "rows", "lists"],
)
def test_what_is_not_as_it_should_be_is_an_error_of_its_part(part: Part[Any], garbage: Any) -> None:
    """No exception; the other parts are read; and nothing of it reaches a terminal as it is."""
    readings = parse_answer(answer(**{part.key: garbage})).readings
    assert readings[part].error
    assert readings[part].error.isprintable()
    assert all(not reading.error for other, reading in readings.items() if other is not part)


def test_a_part_that_is_not_told_is_no_part_that_is_well() -> None:
    """An old program's answer, or one that was cut: a backup that is not told is not one that never was."""
    readings = parse_answer(json.dumps({"now": NOW})).readings
    assert {reading.error for reading in readings.values()} == {"the server did not tell it"}


@pytest.mark.parametrize(
    "output", ["", "Last login: today", "[]", "7", '{"now": "soon"}', '{"now": null}', "[" * 100_000]
)
def test_an_answer_of_something_else_is_none(output: str) -> None:
    with pytest.raises(ValueError, match="expected a server's answer"):
        parse_answer(output)

    class Session(ServerSession):
        """Answers so."""

        def __init__(self) -> None:
            self.name = "loppa-app-02"

        def run(self, *given: Any, **more: Any) -> tuple[int, str, str]:
            return 1, output, "python3: \x1b[31mcommand not found"

    with pytest.raises(
        PlatformError, match=r"loppa-app-02: expected an answer of the health program.*command not found"
    ):
        facts.ask_server(Session())


def disk(free: int, inodes: int = 90, size: int = 1000) -> Disk:
    """The sample's disk, with so much left."""
    return replace(facts.parse_disks([DISK])[0], free_bytes=free, free_inodes=inodes, bytes=size)


@pytest.mark.parametrize(
    ("earlier", "later", "seconds", "expected"),
    [
        (disk(500), disk(400), 3600, 4 * 3600.0),
        (disk(400), disk(400), 3600, None),
        (disk(400), disk(500), 3600, None),  # somebody has tidied
        (disk(500, 90), disk(400, 30), 3600, 1800.0),  # inodes are gone first
        (disk(500), disk(0), 3600, 0.0),
        (disk(500), disk(400), 60, None),  # too near
        (disk(500), disk(400, size=2000), 3600, None),  # it was made larger
        (disk(500), disk(400), -5, None),  # a clock that was set back
    ],
)
def test_when_a_disk_is_full_if_it_goes_on_so(
    earlier: Disk, later: Disk, seconds: float, expected: float | None
) -> None:
    assert foresee_full(earlier, later, seconds) == expected


def test_a_disk_without_a_number_of_inodes_has_room_by_its_bytes_alone() -> None:
    """btrfs and vfat tell 0 of 0."""
    before, now = (replace(disk(free), inodes=0, free_inodes=0) for free in (500, 400))
    assert foresee_full(before, now, timedelta(hours=1).total_seconds()) == 4 * 3600.0
