"""The way through the seven stages, step by step, and the closing account of it."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab import CENTRE
from lab.control.client import Client
from lab.demo.doors import DoorError, Doors
from lab.demo.evidence import Evidence
from lab.demo.screen import Screen
from lab.demo.servers import Servers
from lab.demo.usage import MOVED, NOTICED, Usage
from lab.region.facts import RegionFacts

STAGES = ("10_survey", "20_connect", "30_harmonise", "40_pilot", "50_cutover", "60_settle", "70_retire")
# Two people, because the cutover asks for two; they are invented, and the lab has made their keys.
PEOPLE = {"pilot": ("kari",), "cutover": ("kari", "ola")}
REASON = "the demonstration"
DRIFT_FOUND = 3


class Journey:
    """One municipality's move. ``run`` answers whether everything held."""

    def __init__(
        self,
        screen: Screen,
        client: Client,
        region: RegionFacts,
        municipality: str,
        where: Path,
        environment: Mapping[str, str],
        servers: Servers | None = None,
    ) -> None:
        self._screen, self._client, self._region = screen, client, region
        self._municipality, self._where = municipality, where
        self._label = region.municipalities[municipality].label
        self._doors = Doors(environment, where / "commands.log")
        self._rows: list[dict[str, Any]] = []
        self._last: dict[str, Any] = {"devices": []}  # the last audit
        self._visited: list[str] = []  # MAC addresses of what did not follow its port
        self._servers = servers  # real hosts beside the switches, if there are any
        self._began = time.monotonic()

    def run(self) -> bool:
        """All stages, then the account; stops at the first stage that fails."""
        try:
            if not self._build_centre() or not self._install_servers():
                return False
            evidence = Evidence(self._client, self._region, self._municipality)
            moved = all(self._stage(name, evidence) for name in STAGES)
            return self._account(evidence, moved) and moved
        except DoorError as error:
            self._screen.line(f"✗ {error}")
            self._screen.line(f"  Everything that was printed: {self._where / 'commands.log'}")
            return False
        finally:
            if self._servers is not None:
                self._servers.stop()

    def _build_centre(self) -> bool:
        self._screen.begin("centre")
        variables = {"municipality": CENTRE, **self._sign(("kari",), "--harmonise", CENTRE)}
        played = self._doors.play("harmonise", variables, self._screen.tell)
        self._screen.end(_brief(played.closing) or "failed", played.code == 0, played.wrong if played.code else ())
        return played.code == 0

    def _install_servers(self) -> bool:
        if self._servers is None:
            return True
        self._screen.begin("servers")
        played = self._servers.install(self._doors, self._screen.tell)
        good = all(not each.code for each in played)
        words = "the centre's services, and the application where it runs today" if good else "failed"
        self._screen.end(
            words, good, (self._servers.describe_limit(), *(line for each in played for line in each.wrong))
        )
        if good:
            self._servers.begin()
        return good

    def _stage(self, name: str, evidence: Evidence) -> bool:
        number, word = name.split("_")
        servers = self._servers
        self._screen.begin(f"{number} {word}")
        signed = self._sign(PEOPLE[word], self._municipality, word) if word in PEOPLE else {}
        variables = {"municipality": self._municipality, "reason": REASON, **signed}
        if servers is None:
            played = self._doors.play(f"migrate/{name}", variables, self._screen.tell)
        else:
            limit = servers.list_stage_words()
            played = self._doors.play(
                f"migrate/{name}", variables, self._screen.tell, *limit, close=lambda: servers.follow(word)
            )
            servers.end_stage(word)
        longest, _ = evidence.outage(word)
        audit = self._last = self._audit()
        row = {
            "number": int(number),
            "word": word,
            "summary": _brief(played.closing),
            "outage": longest,
            "legacy_left": sum(device["legacy_left"] for device in audit["devices"]),
            "drift": sum(len(device["lines"]) for device in audit["devices"]),
            "from_standard": sum(device["from_standard"] for device in audit["devices"]),
        }
        words = f"{row['summary']}; {row['legacy_left']} legacy" if played.code == 0 else "failed"
        row["seconds"] = self._screen.end(words, played.code == 0, played.wrong if played.code else ())
        self._rows.append(row)
        if visited := evidence.usage.visit():
            self._visited += visited
            self._screen.note(f"somebody visits {len(visited)} with an address that was typed in")
        return played.code == 0

    def _sign(self, people: Iterable[str], *what: str) -> dict[str, str]:
        """Plan what wants signatures, and let these of the lab's people sign it."""
        asked = ("plan", *what, "--reason", REASON, "--format", "json")
        plan = str(self._doors.script("change.py", *asked, good=(0, DRIFT_FOUND))["plan"])
        for person in people:
            key = str(self._where / "approvers" / person)
            self._doors.script("change.py", "approve", plan, "--key", key, "--reason", REASON, "--format", "json")
        return {"plan": plan}

    def _audit(self) -> dict[str, Any]:
        return dict(
            self._doors.script("drift_audit.py", self._municipality, "--format", "json", good=(0, 1, DRIFT_FOUND))
        )

    def _account(self, evidence: Evidence, moved: bool) -> bool:
        """The closing summary; every line of it is a thing that had to hold."""
        open_now = list(evidence.usage.find_open())
        facts = [*self._facts(evidence, moved), *self._services(evidence.usage, open_now)]
        groups = [*evidence.usage.list_groups()]
        if self._servers is not None:
            self._servers.stop()
            answers = self._servers.read_answers()
            facts += self._servers.list_facts(answers)
            groups += self._servers.list_groups(answers)
        report = self._where / f"{self._municipality}.html"
        drift = {device["device"]: len(device["lines"]) for device in self._last["devices"]}
        account = {
            "stages": self._rows,
            "drift": drift,
            "facts": [{"label": n, "value": v, "ok": ok} for ok, n, v in facts],
            "services": evidence.usage.as_json(open_now),
        }
        (self._where / "evidence.json").write_text(json.dumps(account, ensure_ascii=False, indent=1))
        self._screen.line()
        for good, name, text in facts:
            self._screen.fact(good, name, text)
        self._screen.line()
        for group, words in groups:
            self._screen.fact(None, group, words)
        self._screen.line()
        arguments = (self._municipality, "--evidence", str(self._where / "evidence.json"), "--output", str(report))
        self._doors.script("report.py", *arguments, "--format", "json")
        self._screen.fact(True, "report", str(report))
        held = all(good for good, _, _ in facts)
        took = time.monotonic() - self._began
        verdict = f"{self._label} has moved, and everything held" if held else "Not everything held"
        self._screen.line(f"\n{verdict} ({took:.0f} s).")
        return held

    def _facts(self, evidence: Evidence, moved: bool) -> Any:
        done = len(self._rows) if moved else len(self._rows) - 1
        yield moved, "stages", f"{done} of {len(STAGES)} complete"
        first, last = self._rows[0], self._rows[-1]
        drifted = " ".join(str(row["drift"]) for row in self._rows)
        yield last["drift"] == 0, "drift", f"{first['drift']} before, {last['drift']} after (stage by stage: {drifted})"
        apart = f"{first['from_standard']} lines before, {last['from_standard']} after"
        yield last["from_standard"] == 0, "not as the standard", apart
        left = " → ".join(str(row["legacy_left"]) for row in self._rows)
        yield last["legacy_left"] == 0, "legacy lines left", left
        different = [device["device"] for device in self._last["devices"] if not device["identical"]]
        different += evidence.unsaved()
        words = (
            f"not so: {', '.join(different[:5])}"
            if different
            else f"{len(self._last['devices'])} switches, and startup the same"
        )
        yield not different, "running is the render", words
        within = evidence.longest <= 5.0
        yield within, "longest outage", f"{evidence.longest:.1f} s without gateway ({evidence.worst or 'nobody'})"
        stranded = evidence.stranded()
        yield not stranded, "without gateway now", ", ".join(stranded[:5]) or "nobody"
        count, changed = evidence.strangers()
        words = f"not as before: {', '.join(changed)}" if changed else f"{count} switches, not a byte changed"
        yield not changed, "other municipalities", words
        centre = evidence.centre_changes()
        foreign = evidence.foreign(centre)
        words = ", ".join(f"{name} ({len(lines)} lines)" for name, lines in centre.items()) or "nothing"
        words = f"changed for {self._label} alone: {words}"
        yield (
            not foreign,
            "operations centre",
            f"changed for others too: {'; '.join(foreign[:5])}" if foreign else words,
        )
        health = self._doors.script("health_check.py", self._municipality, "--format", "json", good=(0, 1))
        yield health["healthy"], "health", health["verdict"]

    def _services(self, usage: Usage, open_now: Sequence[str]) -> Any:
        moved, others = usage.of_moved, usage.of_others
        yield moved.seconds <= MOVED, "own port moved", f"{moved.seconds:.1f} s without an application ({moved.words})"
        yield others.seconds <= NOTICED, "everybody else", f"{others.seconds:.1f} s without one ({others.words})"
        self._doors.script("migration.py", "fixed", self._municipality, "--format", "json")
        printed = (self._where / "commands.log").read_text().casefold()
        unknown = [mac for mac in self._visited if mac.casefold() not in printed]
        words = f"{len(self._visited)} with typed-in addresses, each named by the tools"
        yield not unknown, "left behind", f"not named: {', '.join(unknown[:5])}" if unknown else words
        lost = [f"{name} for {group}" for (group, name), use in usage.uses.items() if use.before and not use.after]
        yield not lost, "lost applications", ", ".join(lost[:5]) or "none"
        words = f"{len(usage.open_before)} ways before, {len(open_now)} after"
        yield not open_now, "open without a record", f"{words}: {'; '.join(open_now[:3])}" if open_now else words


def _brief(closing: str) -> str:
    """What a playbook said last, without whose it is: that stands above already."""
    survey, _, outcome = closing.partition(" survey: ")
    if outcome and survey.isidentifier():
        return outcome.split(",")[0]
    return closing.split(": done: ", 1)[-1].replace("; lines ", "; ")
