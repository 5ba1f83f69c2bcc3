"""A switch of the lab on a workbench of its own: it answers for real, and a test may look into it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.device.switch import Switch
from lab.server.listeners import Server
from lab.state.store import Store
from nornir_tasks.model import Endpoint


class Bench:
    """A switch on the workbench. Everything that touches it runs in the lab's own thread."""

    def __init__(self, switch: Switch, server: Server, loop: asyncio.AbstractEventLoop, host: str, port: int) -> None:
        self.switch, self.server, self.loop, self.port = switch, server, loop, port
        self.endpoint = Endpoint(host=host, ssh_port=port, eapi_port=port + 1)

    @property
    def running(self) -> str:
        """What the switch really runs."""
        return str(self.call(self.switch.personality.text))

    def call(self, work: Callable[[], Any]) -> Any:
        """Do something in the lab's thread."""

        async def inside() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(inside(), self.loop).result(10)

    def fault(self, *words: str) -> None:
        """Set a fault."""
        self.call(lambda: self.switch.faults.set(list(words)))

    def typed(self, text: str) -> list[str]:
        """Type configuration lines at the console of an EOS switch. Shape: those that were refused."""

        def work() -> list[str]:
            refused: list[str] = self.switch.personality.config.feed(text)  # type: ignore[attr-defined]
            self.switch.changed()
            return refused

        return list(self.call(work))


def trusted(where: Path, store: Store, switch: Switch) -> Path:
    """A file of known hosts with the switch's own key, and its certificate beside it."""
    facts = switch.facts
    key = store.host_keys([switch.name])[switch.name].export_public_key().decode()
    file = where / "known_hosts"
    file.write_text(f"[{facts.host}]:{facts.ssh_port} {key}")
    pem = store.certificates([switch.name])[switch.name]
    (where / "certificates").mkdir(exist_ok=True)
    (where / "certificates" / f"{facts.host}_{facts.eapi_port}.pem").write_text(pem[pem.index("-----BEGIN CERT") :])
    return file


@contextmanager
def serving(where: Path, host: str, port: int, make: Callable[[], Switch]) -> Iterator[Bench]:
    """The switch that ``make`` gives answers at ``host``: SSH on this port, eAPI (if it has it) on the next."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def up() -> tuple[Switch, Server]:
        switch = make()
        for name, value in (("host", host), ("ssh_port", port), ("eapi_port", port + 1)):
            object.__setattr__(switch.facts, name, value)
        switch.reload_seconds = 0.3
        switch.startup = switch.personality.text()
        server = Server([switch], store.host_keys([switch.name]), store.tls)
        await server.start()
        return switch, server

    store = Store(where)
    switch, server = asyncio.run_coroutine_threadsafe(up(), loop).result(20)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FELLESDRIFT_KNOWN_HOSTS", str(trusted(where, store, switch)))
            yield Bench(switch, server, loop, host, port)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
