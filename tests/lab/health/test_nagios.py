"""The plugin under a real scheduler: Debian's Nagios runs it, and keeps what it understood of it."""

import grp
import os
import pwd
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import ROOT
from lab.testing.running import Labs, RunningLab
from tests.lab.health.test_service import started, wait_for
from tests.support.debian_programs import find_program

SETTINGS = """\
log_file={0}/nagios.log
cfg_file={0}/objects.cfg
object_cache_file={0}/objects.cache
precached_object_file={0}/objects.precache
status_file={0}/status.dat
status_update_interval=1
nagios_user={1}
nagios_group={2}
check_external_commands=0
query_socket={0}/q
lock_file={0}/nagios.pid
temp_file={0}/nagios.tmp
temp_path={0}
check_result_path={0}/results
check_result_reaper_frequency=1
service_check_timeout=300
interval_length=1
execute_host_checks=0
enable_notifications=0
"""
OBJECTS = """\
define timeperiod {{
  timeperiod_name always
  alias always
  monday 00:00-24:00
  tuesday 00:00-24:00
  wednesday 00:00-24:00
  thursday 00:00-24:00
  friday 00:00-24:00
  saturday 00:00-24:00
  sunday 00:00-24:00
}}
define contact {{
  contact_name vakt
  host_notification_period always
  service_notification_period always
  host_notification_commands health
  service_notification_commands health
}}
define command {{
  command_name health
  command_line cd {0} && {1} scripts/health_check.py loppa --format nagios --lang en
}}
define host {{
  host_name loppa
  address 127.0.0.1
  max_check_attempts 1
  check_period always
  contacts vakt
  notification_period always
}}
define service {{
  host_name loppa
  service_description health
  check_command health
  max_check_attempts 1
  check_interval 5
  retry_interval 5
  check_period always
  contacts vakt
  notification_period always
}}
"""


@pytest.fixture
def lab(lab_of: Labs) -> Iterator[RunningLab]:
    """Loppa and the centre, as they are meant to be now."""
    running = lab_of("loppa")
    running.client.reset()
    yield running
    running.client.reset()


def read_status(place: Path) -> dict[str, str]:
    """What Nagios keeps of the service; nothing before its first check."""
    try:
        text = (place / "status.dat").read_text()
    except FileNotFoundError:
        return {}
    block = re.search(r"servicestatus \{\n(.*?)\n\s*\}", text, re.DOTALL)
    rows = (row.strip().partition("=") for row in block[1].splitlines()) if block else ()
    values = {name: value for name, _, value in rows}
    return values if values.get("has_been_checked") == "1" else {}


def test_nagios_keeps_state_line_and_figures(lab: RunningLab, tmp_path: Path) -> None:
    """Healthy, then a switch that does not answer; one line each, and figures that it takes apart."""
    place = tmp_path / "n"  # short: a socket's path has at most 107 letters
    (place / "results").mkdir(parents=True)
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    (place / "nagios.cfg").write_text(SETTINGS.format(place, user, group))
    (place / "objects.cfg").write_text(OBJECTS.format(ROOT, sys.executable))
    program = str(find_program("nagios4-core", "nagios4"))
    log = tmp_path / "nagios.out"
    with started(program, str(place / "nagios.cfg"), log=log):
        wait_for(lambda: read_status(place), 300, "a first check")
        status = read_status(place)
        assert status["current_state"] == "0", status
        assert status["plugin_output"].startswith("HEALTH OK - healthy: "), status
        figures = dict(row.split("=", 1) for row in status["performance_data"].split())
        assert figures, status
        assert all(re.match(r"^[\d.]+(s|)(;.*)?$", value) for value in figures.values()), figures
        lab.client.fault("loppa-acc-06", "unreachable")
        wait_for(lambda: read_status(place).get("current_state") == "1", 300, "that it is told")
        status = read_status(place)
        assert "loppa-acc-06 (Bergsfjord skole) does not answer" in status["plugin_output"]
        assert "|" not in status["plugin_output"]
