"""Devices read without a network: what stands for ``DeviceReader`` where logins lead to scripted sessions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices import connection
from nornir_tasks.devices.context import Context
from nornir_tasks.devices.reading import Inquiry, Readout
from nornir_tasks.model import Position
from nornir_tasks.platforms.common.reading import Reading, read_answered


@dataclass
class ScriptedReader:
    """One device after another, in a session of ``connection.login``, which the test replaces."""

    context: Context
    position: Position

    def read(self, inquiries: Sequence[Inquiry]) -> Iterator[Readout]:
        """What each device answers."""
        for inquiry in inquiries:
            readings: dict[int, Reading] = {}
            try:
                with connection.login(inquiry.device, self.position, self.context.credentials) as session:
                    read_answered(session, inquiry.questions, readings)
            except FellesdriftError as error:
                yield Readout(inquiry.device, error=error)
            else:
                yield Readout(inquiry.device, tuple(readings[number] for number in range(len(inquiry.questions))))
