"""The records that are read of NetBox's tables, one for a line. A field's description is what is expected in it."""

import re
from ipaddress import IPv4Interface, IPv4Network
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

UNITS = {"kbps": 1, "mbps": 1_000, "gbps": 1_000_000, "tbps": 1_000_000_000}
YES = frozenset({"true", "yes", "y", "on", "1", "✔"})
NO = frozenset({"false", "no", "n", "off", "0", "✘"})


def _parse_flag(value: Any) -> Any:
    word = str(value).casefold()
    return True if word in YES else False if word in NO else value


def _parse_speed(value: Any) -> Any:
    """``10000000`` (kbit/s), or as NetBox's tables show it: ``10 Gbps``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]bps)", str(value).casefold())
    return int(float(match[1]) * UNITS[match[2]]) if match else value


def _parse_vlan(value: Any) -> Any:
    """``110``, or as NetBox's tables show it: ``ADMINISTRATION (110)``."""
    match = re.fullmatch(r".*\((\d+)\)", str(value))
    return match[1] if match else value


def _parse_vlans(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    numbers = re.findall(r"\((\d+)\)", value) or [part.strip() for part in value.split(",")]
    return [number for number in numbers if number]


def _parse_mode(value: Any) -> Any:
    """``tagged``, or as NetBox's tables show it: ``Tagged (All)``."""
    return value if value is None else re.sub(r"[^a-z-]", "", str(value).casefold().replace(" ", "-"))


def _parse_word(value: Any) -> Any:
    """``file_servers``, or as people write it: ``File servers``."""
    return str(value).strip().casefold().replace(" ", "_")


def _parse_words(value: Any) -> Any:
    return [_parse_word(part) for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Status = Annotated[str, BeforeValidator(_parse_word)]
Flag = Annotated[bool, BeforeValidator(_parse_flag)]
Text = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$", description="text on one line")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", description="a slug of lower-case letters, digits, - and _")]
Kind = Annotated[
    str,
    BeforeValidator(_parse_word),
    Field(pattern=r"^[a-z][a-z0-9_-]*$", description="a name of letters, digits, - and _"),
]
Host = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="a host's name: lower-case letters, digits and -")
]
Vlan = Annotated[int, BeforeValidator(_parse_vlan), Field(ge=1, le=4094, description="a VLAN from 1 to 4094")]
Network = Annotated[IPv4Network, Field(description="a network such as 10.17.2.0/27")]
Interface = Annotated[IPv4Interface, Field(description="an address with its length, such as 10.17.0.1/21")]


class Record(BaseModel):
    """A line. A field without a default is a column that must be there."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TenantRow(Record):
    """A municipality; a tenant without a number is none."""

    name: Text
    slug: Key
    cf_municipality_number: Annotated[int | None, Field(ge=0, le=99, description="a number from 0 to 99, or nothing")]


class SiteRow(Record):
    """A site; its group is its purpose."""

    name: Text
    slug: Key
    tenant: Text
    status: Status = "active"
    group: Kind
    cf_block: Network
    cf_clients: Annotated[int, Field(ge=0, description="a whole number")] = 0


class PrefixRow(Record):
    """A prefix: a municipality's, a zone's, or another."""

    prefix: Network
    tenant: str = ""
    role: Annotated[str, BeforeValidator(_parse_word)] = ""
    vlan: Annotated[Vlan | None, Field(description="a VLAN from 1 to 4094")] = None


class VlanRow(Record):
    """A VLAN of a municipality."""

    group: str = ""
    vid: Vlan
    name: Text


class DeviceRow(Record):
    """A switch, or a physical server."""

    name: Host
    role: Kind
    tenant: str = ""
    site: Text
    status: Status = "active"
    device_type: Text
    platform: Annotated[str, BeforeValidator(_parse_word)] = ""
    tags: Annotated[tuple[str, ...], BeforeValidator(_parse_words)] = ()
    primary_ip4: Annotated[Interface | None, Field(description="an address with its length")] = None
    primary_ip: Annotated[Interface | None, Field(description="an address with its length")] = None


class InterfaceRow(Record):
    """An interface of a device: a port, or a virtual one."""

    device: Host
    name: Text
    type: str = ""
    enabled: Annotated[Flag, Field(description="true or false")] = True
    speed: Annotated[
        int | None, BeforeValidator(_parse_speed), Field(ge=1, description="a speed in kbit/s, or such as 10 Gbps")
    ] = None
    mode: Annotated[
        Literal["access", "tagged", "tagged-all"] | None,
        BeforeValidator(_parse_mode),
        Field(description="access, tagged, tagged-all or nothing"),
    ]
    untagged_vlan: Annotated[Vlan | None, Field(description="a VLAN from 1 to 4094")]
    tagged_vlans: Annotated[
        tuple[Vlan, ...], BeforeValidator(_parse_vlans), Field(description="VLANs from 1 to 4094, with commas")
    ]
    cf_port_profile: str = ""


class VirtualMachineRow(Record):
    """A virtual server, and the hypervisor it runs on."""

    name: Host
    role: Kind
    tenant: str = ""
    site: str = ""
    device: Host
    status: Status = "active"
    tags: Annotated[tuple[str, ...], BeforeValidator(_parse_words)] = ()
    primary_ip4: Annotated[Interface | None, Field(description="an address with its length")] = None
    primary_ip: Annotated[Interface | None, Field(description="an address with its length")] = None


class CableRow(Record):
    """A cable between two interfaces."""

    side_a_device: Host
    side_a_name: Text
    side_b_device: Host
    side_b_name: Text
    status: Status = "connected"
    tenant: str = ""


class AddressRow(Record):
    """An address, on an interface of a device or of a virtual machine, or free."""

    address: Interface
    status: Status = "active"
    device: str = ""
    virtual_machine: str = ""
    interface: str = ""
    is_primary: Annotated[Flag, Field(description="true or false")] = False
