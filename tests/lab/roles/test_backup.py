"""Backups on real hosts: to the other half, restored and compared; a wrong key and a rotten backup are told."""

import json
import re

import pytest

from tests.support.server_lab import Recap, ServerLab

CLIENTS = DATABASE, FILES = ("centre-db-01", "loppa-file-01")
STORE = "centre-backup-02"  # Hammerfest's half: of the database the other one, and of Loppa, whose number is odd
PROGRAM = "/usr/local/sbin/fellesdrift-backup"
METRICS = "/var/lib/prometheus/node-exporter/fellesdrift_backup.prom"
PASSWORD = "/etc/fellesdrift/backup/password"


@pytest.fixture(scope="module")
def run(hosts: ServerLab) -> Recap:
    """The role on fresh hosts, with a database that has rows. That a second run changes nothing: test_platform.py."""
    everybody = (*CLIENTS, "centre-db-02", STORE)
    hosts.reset(*everybody)
    limit = ("--limit", ",".join(everybody), "--tags", "database,backup")
    first = hosts.play(*limit).require_good()
    rows = "CREATE TABLE letters AS SELECT n, repeat(md5(n::text), 3) AS text FROM generate_series(1, 5000) n"
    hosts.on(DATABASE, f"su postgres -c \"psql -qc '{rows}' fellesdrift\"")
    hosts.on(FILES, "mkdir -p /srv/files; head -c 3000000 /dev/urandom > /srv/files/scan; ln -sf scan /srv/files/link")
    for host in CLIENTS:
        hosts.on(host, "systemctl start fellesdrift-backup.service")
    return first


def read_metrics(hosts: ServerLab, host: str) -> dict[str, int]:
    """What Prometheus would read."""
    return {
        name: int(value) for name, value in re.findall(r"fellesdrift_(\w+) (\d+)", hosts.on(host, f"cat {METRICS}"))
    }


def count_databases(hosts: ServerLab) -> int:
    """How many databases there are but PostgreSQL's own: the journal's, and one an application."""
    query = "SELECT count(*) FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
    count = int(hosts.on(DATABASE, f'su postgres -c "psql -Atc \\"{query}\\""'))
    assert count > 1
    return count


@pytest.mark.nightly
def test_each_is_backed_up_and_restored_and_the_same(hosts: ServerLab, run: Recap) -> None:
    """By the timers' own services; on the store there is nothing that could be read."""
    for host in CLIENTS:
        hosts.on(host, "systemctl start fellesdrift-backup-restore.service")
        metrics = read_metrics(hosts, host)
        assert metrics["backup_last_success_seconds"] > 0
        assert metrics["restore_last_success_seconds"] > 0
        assert metrics["restore_files_compared"] > 500
        assert metrics["restore_databases_compared"] == (count_databases(hosts) if host == DATABASE else 0)
        assert metrics["backup_failed"] == metrics["restore_failed"] == 0
    hosts.on(FILES, f"{PROGRAM} restore --target /root/restored --path /srv && diff -r /srv /root/restored/srv")
    assert hosts.on(STORE, "grep -rl 'fellesdrift\\|PGDMP' /srv/backup || true") == ""


def test_a_client_reads_and_writes_its_own_folder_alone(hosts: ServerLab, run: Recap) -> None:
    """No shell, no way on, and nothing of another's."""
    ssh = "-F /etc/fellesdrift/backup/ssh_config"
    assert "sftp connections only" in hosts.inside(FILES, f"ssh {ssh} store id").stdout
    listed = hosts.on(FILES, f"echo 'ls -la /' | sftp -b - {ssh} store")
    assert "repository" in listed
    assert "backup-" + DATABASE not in listed.replace("backup-" + FILES, "")
    tunnel = hosts.inside(FILES, f"timeout 5 ssh {ssh} -o ExitOnForwardFailure=yes -R 9999:127.0.0.1:22 -N store")
    assert tunnel.returncode == 255


@pytest.mark.nightly
def test_no_key_is_among_the_words_of_a_command_or_in_a_log(hosts: ServerLab, run: Recap) -> None:
    """Nor is the database's. What Ansible printed has neither."""
    key = hosts.on(FILES, f"cat {PASSWORD}")
    assert len(key) == 64
    log = hosts.on(FILES, "journalctl --no-pager -o cat")
    assert "restored from" in log
    assert key not in log
    assert key not in run.text
    assert (
        hosts.on(FILES, f"stat -c '%a %U' {PASSWORD} /etc/fellesdrift/backup/id_ed25519").split() == ["600", "root"] * 2
    )


def test_a_wrong_key_is_told_and_nothing_is_written(hosts: ServerLab, run: Recap) -> None:
    count = f"find /srv/backup/backup-{FILES}/repository -type f | wc -l"
    before = hosts.on(STORE, count)
    hosts.on(FILES, f"cp {PASSWORD} /root/kept && echo wrong > {PASSWORD}")
    refused = hosts.inside(FILES, f"{PROGRAM} run")
    metrics = read_metrics(hosts, FILES)
    hosts.on(FILES, f"cp /root/kept {PASSWORD}")
    assert refused.returncode == 1
    assert "sealed with another key" in refused.stderr
    assert metrics["backup_failed"] == 1
    assert metrics["backup_last_success_seconds"] > 0
    assert hosts.on(STORE, count) == before


def test_a_rotten_backup_is_found(hosts: ServerLab, run: Recap) -> None:
    """A byte of the largest file on the store is another one."""
    folder = f"/srv/backup/backup-{FILES}/repository/data"
    largest = hosts.on(STORE, f"find {folder} -type f -printf '%s %p\\n' | sort -n | tail -1 | cut -d' ' -f2")
    hosts.on(
        STORE, f"cp -p {largest} /root/whole && printf x | dd of={largest} bs=1 seek=1000 conv=notrunc status=none"
    )
    refused = hosts.inside(FILES, f"{PROGRAM} try-restore", seconds=120)
    hosts.on(STORE, f"cp -p /root/whole {largest}")
    assert refused.returncode == 1, refused.stdout
    assert read_metrics(hosts, FILES)["restore_failed"] == 1
    hosts.on(FILES, f"{PROGRAM} try-restore")
    assert json.loads(hosts.on(FILES, "cat /var/lib/fellesdrift-backup/state.json"))["restore_failed"] == 0
