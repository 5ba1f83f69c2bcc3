"""The typed model of the region: no input, no output, no inheritance of its own."""

from nornir_tasks.model.device import Device, Endpoint, Neighbour, Port, Region, Server, ServerLogin
from nornir_tasks.model.municipality import Legacy, LegacyVlan, Link, Migration, Municipality, Site, Waiver
from nornir_tasks.model.stage import Position, Stage
from nornir_tasks.model.standard import Account, Freeze, PortProfile, RiskRule, Standard, SwitchModel, Window, Zone

__all__ = [
    "Account",
    "Device",
    "Endpoint",
    "Freeze",
    "Legacy",
    "LegacyVlan",
    "Link",
    "Migration",
    "Municipality",
    "Neighbour",
    "Port",
    "PortProfile",
    "Position",
    "Region",
    "RiskRule",
    "Server",
    "ServerLogin",
    "Site",
    "Stage",
    "Standard",
    "SwitchModel",
    "Waiver",
    "Window",
    "Zone",
]
