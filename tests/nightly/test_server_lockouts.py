"""Every way of locking everybody out of a server that we know, by force on real hosts: all come back on their own."""

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.control import process
from lab.servers import image, needs
from lab.testing.running import RunningLab
from tests.support.guarded_hosts import GuardedHost, try_all
from tests.support.server_lockouts import LOCKOUTS

MISSING = needs.find_missing("hosts") + (needs.find_missing("image") if needs.is_root() else [])
PORT = str(int(os.environ["FELLESDRIFT_LAB_PORT"]) + 8)

pytestmark = [pytest.mark.nightly, pytest.mark.skipif(bool(MISSING), reason=f"needs {'; '.join(MISSING)}")]


def test_all_of_them_come_back() -> None:
    """Several at a time; about seven minutes on two idle cores. The table is printed (``-s``)."""
    assert len(LOCKOUTS) >= 50
    image.build(print)
    where = Path(tempfile.mkdtemp(prefix="fellesdrift-guard-", dir="/var/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FELLESDRIFT_LAB_DIR", str(where))
        patch.setenv("FELLESDRIFT_LAB_PORT", PORT)
        try:
            lab = RunningLab(where).up("loppa", servers=("loppa",))
            lab.client.timeout = 200
            rows = lab.client.status()["servers"]
            hosts = [GuardedHost(lab.client, row["name"]) for row in rows if row["municipality"] == "loppa"]
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(GuardedHost.prepare, hosts))
            outcomes = try_all(hosts[:8], LOCKOUTS)
        finally:
            process.stop(where)
            shutil.rmtree(where)
    bad = [f"{outcome.row()}\n{outcome.problem}" for outcome in outcomes if not outcome.is_good]
    print(f"{len(outcomes) - len(bad)} of {len(outcomes)} came back as they were")
    assert (bad, len(outcomes)) == ([], len(LOCKOUTS))
