"""The servers of a demonstration: which of them its stages take along, and the people who ask them all the time."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lab import CENTRE, ROOT
from lab.control.client import Client
from lab.demo.answers import Answers, Fact, Place
from lab.demo.doors import Doors, Played
from lab.region.facts import LabError, RegionFacts
from lab.region.services import ApplicationFacts
from lab.servers.build import enter_command
from lab.servers.names import Own
from lab.servers.needs import PATH

SKIPPED = ("monitoring", "log_server", "backup")  # roles whose services nobody asks for here
_SKIP = ("--skip-tags", ",".join(SKIPPED))
PATIENCE = 60.0  # seconds for those who ask to come to their end
Words = dict[str, Any]


class Servers:
    """Real hosts beside the switches of a demonstration.

    Args:
        client: of the lab.
        region: with all records.
        municipality: that moves.
        where: the demonstration's folder.
    """

    def __init__(self, client: Client, region: RegionFacts, municipality: str, where: Path) -> None:
        self._client, self._region, self._municipality = client, region, municipality
        self._own, self._where = Own(where), where
        applications = [each for each in region.services.applications if each.municipality == municipality]
        self._application = next((each for each in applications if each.moves_to), None)
        self._places = sorted(client.status()["users"])
        self._asking: dict[str, subprocess.Popen[bytes]] = {}
        self._stages: list[tuple[str, float]] = []
        self._folder = where / "asked"

    # --- which ones

    def _list_hosts(self, service: str) -> tuple[str, ...]:
        return self._region.services.common[service].hosts if service in self._region.services.common else ()

    @property
    def _own_hosts(self) -> tuple[str, ...]:
        """The municipality's: those of what moves, else all."""
        if self._application is not None:
            return (*self._application.hosts, *self._application.database_hosts)
        return tuple(row["name"] for row in self._client.status()["servers"] if row["municipality"] != CENTRE)

    @property
    def _common_hosts(self) -> tuple[str, ...]:
        moves = self._application
        hosts = (*moves.database_moves_to, *moves.moves_to) if moves is not None else ()
        return (*self._list_hosts("names"), *self._list_hosts("time"), *hosts)

    def list_stage_words(self) -> tuple[str, ...]:
        """What limits a stage's playbook to all switches, and to the servers that change with the stages."""
        hosts = [
            *self._own_hosts,
            *(self._application.moves_to if self._application else ()),
            *self._list_hosts("names"),
        ]
        return ("--limit", ",".join(dict.fromkeys(["switches", *hosts])), *_SKIP)

    def describe_limit(self) -> str:
        """What of the servers takes part, in words."""
        count = len(self._client.status()["servers"])
        common, own = len(set(self._common_hosts)), len(set(self._own_hosts))
        return (
            f"of {count} servers {common} of the centre and {own} of its own take part (--limit), without the roles "
            f"{', '.join(SKIPPED)}, to be done in time"
        )

    # --- before anybody moves

    def install(self, doors: Doors, tell: Callable[[str], None]) -> list[Played]:
        """Let the centre's servers be what they are meant to be, and the application run where it does today."""
        self._client.stage(self._municipality, "legacy")
        played = [doors.play("platform", {}, tell, "--limit", ",".join(dict.fromkeys(self._common_hosts)), *_SKIP)]
        if self._application is not None and not played[0].code:
            words = ("--limit", ",".join(self._own_hosts), "--tags", "database,application_host")
            played.append(doors.play("platform", {}, tell, *words))
        return played

    def follow(self, stage: str) -> None:
        """Let the servers' routers do what the switches do from now on."""
        self._client.stage(self._municipality, stage)

    def end_stage(self, stage: str) -> None:
        """Note when a stage ended."""
        self._stages.append((stage, time.monotonic()))

    # --- people who ask

    def begin(self) -> None:
        """Let somebody begin to work in each place."""
        self._folder.mkdir(mode=0o700)
        for place in self._places:
            settings = self._write_settings(place)
            command = enter_command(self._own, place, [sys.executable, "-m", "lab.demo.asking", str(settings)])
            with (self._folder / "errors").open("ab") as errors:
                self._asking[place] = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env={"PATH": PATH}
                )

    def stop(self) -> None:
        """Let everybody end."""
        if self._folder.exists():
            (self._folder / "stop").touch()
        end = time.monotonic() + PATIENCE
        for process in self._asking.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        self._asking = {}

    def _write_settings(self, place: str) -> Path:
        name = place.replace("/", ".")
        path = self._folder / f"{name}.json"
        settings: Words = {
            "place": place,
            "resolvers": self._list_addresses("names", place),
            "time_servers": self._list_addresses("time", place),
            "name": f"time.{self._region.domain}",
            "log": str(self._folder / f"{name}.log"),
            "stop": str(self._folder / "stop"),
        }
        if self._application is not None:
            settings["name"] = _name_application(self._application, self._region.domain)
            if "write" in self._list_asked(place):
                port = next(port.first for port in self._application.ports if port.protocol == "tcp")
                authority = self._where / "state" / "application_authority" / "certificate.pem"
                settings["application"] = {"name": settings["name"], "port": port, "ca": str(authority)}
        path.write_text(json.dumps(settings))
        return path

    def _list_addresses(self, service: str, place: str) -> list[str]:
        """Of a common service, if the zone of the place may open it."""
        zone = place.partition("/")[2]
        record = self._region.services.common.get(service)
        hosts = record.hosts if record is not None and zone in record.zones else ()
        return [str(self._region.servers[host].address) for host in hosts]

    def _list_asked(self, place: str) -> list[str]:
        zone = place.partition("/")[2]
        asked = [
            what for what, service in (("names", "names"), ("time", "time")) if self._list_addresses(service, place)
        ]
        groups = self._region.services.groups
        users = self._application.users if self._application is not None else ()
        if any(groups[user].zone == zone for user in users if user[0] == self._municipality):
            asked += ["read", "write"]
        return asked

    # --- the account

    def list_facts(self, answers: Answers) -> Iterator[Fact]:
        """The lines of the account that are about servers; everybody has come to their end."""
        yield from answers.list_facts(self._read_keys())
        if self._application is not None:
            yield self._judge_old_place()

    def read_answers(self) -> Answers:
        """What everybody noted."""
        places = tuple(Place.read(name, self._folder / f"{name.replace('/', '.')}.log") for name in self._places)
        return Answers(places, {name: self._list_asked(name) for name in self._places}, self._stages)

    def list_groups(self, answers: Answers) -> Iterator[tuple[str, str]]:
        """Each group of users, and in words what it was without."""
        for (owner, name), group in sorted(self._region.services.groups.items()):
            if owner == self._municipality:
                yield name, answers.describe(f"{site}/{group.zone}" for site in group.sites)

    def _read_keys(self) -> list[str] | None:
        found = self._ask_once("list")
        return [str(key) for key in found] if isinstance(found, list) else None

    def _judge_old_place(self) -> Fact:
        moves = self._application
        assert moves is not None
        port = next(port.first for port in moves.ports if port.protocol == "tcp")
        addresses = [str(self._region.servers[host].address) for host in moves.hosts]
        answers = {address: self._ask_once("open", address, str(port)) for address in addresses}
        still = [address for address, is_open in answers.items() if is_open is not False]
        words = f"still answers at {', '.join(still)}" if still else f"{', '.join(moves.hosts)} answers no more"
        return not still, "old place", words

    def _ask_once(self, *words: str) -> Any:
        """Ask from the first place that uses the application; None: there is no answer."""
        place = next((name for name in self._places if "write" in self._list_asked(name)), None)
        if place is None:
            return None
        settings = self._folder / f"{place.replace('/', '.')}.json"
        words = (sys.executable, "-m", "lab.demo.asking", str(settings), *words)
        try:
            done = subprocess.run(
                enter_command(self._own, place, words),
                cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False,
                env={"PATH": PATH},
            )  # fmt: skip
            return json.loads(done.stdout)
        except (subprocess.TimeoutExpired, ValueError, LabError):
            return None


def _name_application(application: ApplicationFacts, domain: str) -> str:
    """By the lab's own reading of how applications are called."""
    return f"{application.name.replace('_', '-')}.{application.municipality.replace('_', '-')}.{domain}"
