"""MAC and ARP tables of a running lab, read through the product's sessions: both can be joined, on every platform."""

from nornir_tasks.devices.collect import collect
from tests.support.loppa_in_lab import Loppa, loppa

__all__ = ["loppa"]


def test_who_answered_is_heard_where_it_is_plugged_in(loppa: Loppa) -> None:
    """The core's ARP table names stations by the MACs that their own switches heard, whatever platform these are."""
    context = loppa.context
    devices = {device.name: device for device in context.region.of("loppa")}
    readings = collect(context, devices.values(), context.journal.position(), "macs", "arp")
    assert all(reading.arp and reading.macs for reading in readings.values())
    answered = {(mac, address) for mac, address, _ in readings["loppa-core-01"].arp}
    joined = set()
    for station in loppa.lab.client.stations():
        if station["switch"] in devices and station["switch"] != "loppa-core-01" and station["address"]:
            assert (station["mac"], station["address"]) in answered
            device = devices[station["switch"]]
            port = device.port(station["port"]).name
            assert port in {port for mac, _, port in readings[device.name].macs if mac == station["mac"]}
            joined.add(device.platform)
    assert joined == {"ios", "eos", "procurve"}
