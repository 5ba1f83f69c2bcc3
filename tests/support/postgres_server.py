"""A PostgreSQL of the tests' own: Debian's programs, a directory under /tmp, 127.0.0.1, and nothing left behind.

One server for each pytest worker, started when the first test asks for it with ``server()``. It belongs to an
unprivileged user (PostgreSQL refuses root), ends when the worker does, and is only ever ended by its own process id.
"""

import atexit
import contextlib
import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from nornir_tasks.journal.journal import Journal

ROLE = "fellesdrift"
PASSWORD = "Laks-Og-Sei-4"  # of a server that nobody else can reach and that lives for minutes
PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 18  # of the worker's own range
START_SECONDS = 60
THAW_SECONDS = 20
KINDS = ["sqlite", "postgresql"]
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "port": str(PORT),
    "fsync": "off",  # nothing here outlives a power cut
    "shared_buffers": "16MB",
    "max_connections": "60",
    "autovacuum": "off",
}


def programs() -> Path | None:
    """Where initdb and postgres are: Debian keeps them out of the PATH. The newest, if there are several."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    kept = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(kept, key=lambda path: float(path.parent.name), default=None)


def journal_at(kind: str, where: Path) -> Journal:
    """An empty journal of either kind; what runs on the one runs on the other."""
    return Journal.at(where, fresh(kind))


def fresh(kind: str) -> str | None:
    """What FELLESDRIFT_JOURNAL would hold."""
    return server().fresh() if kind == "postgresql" else None


@functools.cache
def server() -> "Postgres":
    """The worker's own server; where there can be none the test is skipped, but on CI it fails."""
    where = programs()
    if where is None:
        words = "PostgreSQL's initdb was found neither in PATH nor in /usr/lib/postgresql (apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    made = Postgres(where)
    made.start()
    return made


class Postgres:
    """A server that a test may stop, freeze and start again."""

    def __init__(self, where: Path) -> None:
        self._where = where
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self.place = Path(tempfile.mkdtemp(prefix="fellesdrift-postgres-"))
        atexit.register(self.remove)
        self._as = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres" if "postgres" in {u.pw_name for u in pwd.getpwall()} else "nobody")
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.place, user.pw_uid, user.pw_gid)
        secret = self.place / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # within a directory that is 0700
        self._run(
            "initdb", "--pgdata", str(self.place / "data"), "--username", ROLE, "--auth", "scram-sha-256",
            "--pwfile", str(secret), "--encoding", "UTF8", "--locale", "C", "--no-sync",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._where / program), *arguments],
            cwd=self.place,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self._as,
        )
        assert done.returncode == 0, done.stdout

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        command = [str(self._where / "postgres"), "-D", str(self.place / "data"), "-k", str(self.place)]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "INT", *command]  # a worker that is killed takes it along
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.place, stdout=log, stderr=log, **self._as)
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.admin().close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{error}\n{(self.place / 'log').read_text()}") from error
                time.sleep(0.1)

    def stop(self) -> None:
        """End it as an administrator would who cannot wait: sessions are cut off."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(30)

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Within this it is gone."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Within this every process of it stands still: the kernel takes connections for it, and nobody answers."""
        assert self._process
        first = self._process.pid
        os.kill(first, signal.SIGSTOP)  # before it starts more of them
        ours = [str(first), *Path(f"/proc/{first}/task/{first}/children").read_text().split()]
        for process in ours:
            with contextlib.suppress(ProcessLookupError):  # a session just closed may be gone
                os.kill(int(process), signal.SIGSTOP)
        # If whoever waits for it waits for ever, or is killed, it must not stand there for ever too.
        script = f"timeout {THAW_SECONDS} cat; kill -CONT {' '.join(ours)}"
        thaw = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            thaw.communicate()

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """A session of the owner's, for what a test does behind the journal's back."""
        return psycopg.connect(
            host="127.0.0.1",
            port=PORT,
            user=ROLE,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def fresh(self) -> str:
        """The URL of a new, empty database; with its password."""
        self._made += 1
        name = f"journal_{self._made}"
        with self.admin() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return url(database=name)

    def remove(self) -> None:
        """Stop it and take everything away."""
        self.stop()
        shutil.rmtree(self.place, ignore_errors=True)


def url(*, password: str | None = PASSWORD, port: int = PORT, database: str = "postgres") -> str:
    """A URL of the tests' server, or a wrong one."""
    secret = f":{password}" if password else ""
    return f"postgresql://{ROLE}{secret}@127.0.0.1:{port}/{database}"
