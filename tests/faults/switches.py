"""What the lab says of all switches of a municipality, against what a change wants of each and what is said of it."""

import hashlib
import re
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

from tests.faults.place import Place

UNSAVED = "after (startup before, timers [])"


class Switches:
    """Every switch of the place, with the text it had before the change and the one it has after it."""

    def __init__(self, place: Place, disturbed: Collection[str]) -> None:
        self.place, self.client = place, place.lab.client
        self._typed = set(disturbed)  # somebody else types on these: only their end is looked at
        self.before: dict[str, str] = {}
        self.after: dict[str, str] = {}
        self.unsaved: dict[str, str] = {}  # what startup holds besides, as long as nobody has touched the switch
        self._seen: dict[str, int] = {}
        self._first: dict[str, str] = {}  # what each was when the command began
        self._began: dict[str, int] = {}  # how long its history was before the first command
        self._turned = False

    # --- what is wanted

    def drifted(self, names: Collection[str]) -> None:
        """These were edited, and are to become what they were."""
        for name in names:
            self.before[name], self.after[name] = self.client.running(name), self.place.texts[name]
            assert self.before[name] != self.after[name], f"{name}: the edit changed nothing"
            if (startup := self.client.startup(name)) != self.before[name]:
                self.unsaved[name] = startup
        self.forget()
        self._began = dict(self._seen)

    def become(self, texts: Mapping[str, str]) -> None:
        """All of them are to become these."""
        self.before = {name: self.client.running(name) for name in texts}
        self.after = dict(texts)
        self.forget()

    def turn(self) -> None:
        """From here on the other way. What somebody typed during the change may come back with it."""
        self.about()
        self._typed |= self.lost
        self.unsaved, self._turned = {}, True
        self.forget()

    def about(self) -> None:
        """Before is after, and after is before."""
        self.before, self.after = self.after, self.before

    def forget(self) -> None:
        """How often it was written to so far is not counted any more."""
        self._seen = {name: len(self.client.ask("history", switch=name)) for name in self.before}

    # --- what is

    @property
    def lost(self) -> set[str]:
        """Those that restarted before anybody saved what had been typed on them: it is gone, whatever was planned."""
        gone = set()
        for name, startup in self.unsaved.items():
            rows = self.client.ask("history", switch=name)[self._began[name] :]
            if any(row["how"] == "boot" and row["digest"] == _digest(startup) for row in rows):
                gone.add(name)
        return gone

    @property
    def disturbed(self) -> set[str]:
        """Those that something else changes than the plan: only their end is looked at."""
        return self._typed | self.lost

    def state(self, name: str) -> str:
        """``before``, ``after``, or what there is instead."""
        names = {self.before[name]: "before", self.after[name]: "after"}
        running, startup = self.client.running(name), self.client.startup(name)
        timers = [timer["what"] for timer in self.place.lab.switch(name)["timers"]]
        word = names.get(running, "neither")
        untouched = word == "before" and startup == self.unsaved.get(name)
        if not timers and (running == startup or untouched):
            return word
        return f"{word} (startup {names.get(startup, 'neither')}, timers {timers})"

    def begin(self) -> None:
        """A command begins: what is true of it is judged by what there was before."""
        self._first = {name: self.state(name) for name in self.before}

    def true(self, told: Mapping[str, Any]) -> None:
        """What was told of each switch is what the lab says of it; and what was after for good was not written to."""
        disturbed = self.disturbed
        outcomes = told["outcomes"] or {name: looked_at(told["error"], name) or "refused" for name in self.before}
        for name, word in outcomes.items():
            if name not in self.before or name in disturbed or word == "failed":
                continue
            found = self.state(name)
            same = self.before[name] == self.after[name]
            done = word in ("unchanged", "refused", "not begun") and self._first[name] == found == "after"
            expected = "after" if word in ("changed", "unchanged") else "before"
            assert found == expected or same or done, f"{name}: told {word}, found {found}: {told}"
            again = self._first[name] == "after" and not same and told["written"].get(name)
            assert not again, f"{name}: it was after for good, and was written to: {told}"
        if told["done"]:
            assert not told["error"], told
            assert all(word in ("changed", "unchanged") for word in outcomes.values()), told

    def rest(self) -> None:
        """Wait until nothing is under way on any of them, without anybody's help."""

        def quiet() -> bool:
            return all(row["listening"] and not row["timers"] for row in self.client.status()["switches"])

        self.place.lab.wait(quiet, 60, "every timer has ended")

    def whole(self) -> None:
        """Each is wholly before or wholly after.

        No equipment confirms and saves in one: what came in between leaves it wholly after, and not saved. Nobody may
        have been told that it was done then (see ``true``); and the other way round there is nothing of the kind.
        """
        for name in set(self.before) - self.disturbed:
            found = self.state(name)
            assert found in ("before", "after", UNSAVED), f"{name}: left alone, it is {found}"

    def arrived(self) -> bool:
        """Whether everybody runs what the change wants (or, on the way back, somebody else had typed there)."""
        free = self._free()
        return all(name in free or self.client.running(name) == text for name, text in self.after.items())

    def _free(self) -> set[str]:
        """Those whose end is not known: the way back may bring back what somebody typed, and what is lost is lost."""
        return self.disturbed if self._turned else self.lost

    def there(self, *, back: bool = False) -> None:
        """Each is where the change wants it (``back``: where it was), saved; and nobody has touched the others."""
        ends, free = self.before if back else self.after, self._free()
        for name, text in self.place.texts.items():
            wanted = ends.get(name, text)
            running, startup = self.client.running(name), self.client.startup(name)
            assert running == wanted or name in free, f"{name}: it does not run what it should"
            untouched = back and startup == self.unsaved.get(name)
            assert startup == running or untouched, f"{name}: what it runs is not saved"
            assert not self.place.lab.switch(name)["timers"], f"{name}: something waits"

    def once(self) -> None:
        """None was written to twice: it was as before each time that it became what it should."""
        for name in set(self.before) - self.disturbed:
            if self.before[name] == self.after[name]:
                continue
            ends = {_digest(self.before[name]): "before", _digest(self.after[name]): "after"}
            rows = self.client.ask("history", switch=name)[self._seen[name] :]
            path = [ends[row["digest"]] for row in rows if row["digest"] in ends]
            assert ("after", "after") not in pairwise(path), f"{name}: {path}"


def looked_at(error: str, name: str) -> str:
    """What an error says of a switch that was looked at first, before the rest was refused; empty if nothing."""
    found = re.search(rf"^\s*{re.escape(name)}: (changed|reverted|failed): ", error, re.M)
    return found[1] if found else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
