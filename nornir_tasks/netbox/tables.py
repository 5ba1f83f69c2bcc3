"""The tables that go to NetBox and come from it: names, columns, and the order in which NetBox must be given them.

Column names are those of NetBox's bulk import forms (stored sources of 4.5 and of what came after it: dcim, ipam,
virtualization, tenancy and extras ``forms/bulk_import.py``). A custom field's column is ``cf_`` and its name there;
in the tables that NetBox exports, columns are headed by their labels: ``ALIASES`` leads from those to the names.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nornir_tasks.core.errors import FellesdriftError

VERSION = "4.5"
Row = dict[str, str]
Tables = dict[str, list[Row]]


class NetboxError(FellesdriftError):
    """The inventory has no form in NetBox, or a NetBox export none in the inventory: names what and where."""


@dataclass(frozen=True)
class Table:
    """One model of NetBox: one file."""

    name: str
    menu: str  # where NetBox's import of it stands
    columns: tuple[str, ...]


TABLES: tuple[Table, ...] = (
    Table(
        "custom_fields",
        "Customization > Custom Fields",
        ("name", "label", "type", "object_types", "weight", "search_weight", "filter_logic", "description"),
    ),
    Table("tags", "Customization > Tags", ("name", "slug", "color")),
    Table("tenants", "Organization > Tenants", ("name", "slug", "cf_municipality_number")),
    Table("site_groups", "Organization > Site Groups", ("name", "slug")),
    Table("sites", "Organization > Sites", ("name", "slug", "status", "group", "tenant", "cf_block", "cf_clients")),
    Table("manufacturers", "Devices > Manufacturers", ("name", "slug")),
    Table("platforms", "Devices > Platforms", ("name", "slug")),
    Table("device_types", "Devices > Device Types", ("manufacturer", "model", "slug", "default_platform", "u_height")),
    Table("device_roles", "Devices > Device Roles", ("name", "slug", "color", "vm_role")),
    Table("cluster_types", "Virtualization > Cluster Types", ("name", "slug")),
    Table("clusters", "Virtualization > Clusters", ("name", "type", "status", "tenant")),
    Table("roles", "IPAM > Prefix & VLAN Roles", ("name", "slug", "weight")),
    Table("vlan_groups", "IPAM > VLAN Groups", ("name", "slug")),
    Table("vlans", "IPAM > VLANs", ("group", "vid", "name", "tenant", "status", "role")),
    Table("prefixes", "IPAM > Prefixes", ("prefix", "tenant", "vlan_group", "vlan", "status", "role")),
    Table(
        "devices",
        "Devices > Devices",
        (
            *("name", "role", "tenant", "manufacturer", "device_type", "platform"),
            *("status", "site", "cluster", "tags"),
        ),
    ),
    Table(
        "interfaces",
        "Devices > Interfaces",
        (
            *("device", "name", "type", "speed", "enabled", "mode", "vlan_group", "untagged_vlan", "tagged_vlans"),
            "cf_port_profile",
        ),
    ),
    Table(
        "virtual_machines",
        "Virtualization > Virtual Machines",
        ("name", "status", "role", "site", "cluster", "device", "tenant", "tags"),
    ),
    Table("vm_interfaces", "Virtualization > Interfaces", ("virtual_machine", "name", "enabled")),
    Table(
        "cables",
        "Devices > Cables",
        (
            *("side_a_device", "side_a_type", "side_a_name", "side_b_device", "side_b_type", "side_b_name"),
            *("status", "tenant"),
        ),
    ),
    Table(
        "ip_addresses",
        "IPAM > IP Addresses",
        ("address", "tenant", "status", "device", "virtual_machine", "interface", "is_primary"),
    ),
)
FILES: Mapping[str, str] = {table.name: f"{number:02}_{table.name}.csv" for number, table in enumerate(TABLES, 1)}

# Heads of NetBox's own table exports, where they are not the import column's name with spaces.
ALIASES: Mapping[str, Mapping[str, str]] = {
    "sites": {"block": "cf_block", "clients": "cf_clients"},
    "tenants": {"municipality_number": "cf_municipality_number"},
    "vlans": {"vlan_group": "group"},
    "prefixes": {"vlan_id": "vlan"},
    "devices": {
        "type": "device_type",
        "device_role": "role",
        "ipv4_address": "primary_ip4",
        "ip_address": "primary_ip",
    },
    "virtual_machines": {"ipv4_address": "primary_ip4", "ip_address": "primary_ip", "host_device": "device"},
    "interfaces": {"port_profile": "cf_port_profile", "speed_(kbps)": "speed", "802.1q_mode": "mode"},
    "cables": {
        "device_a": "side_a_device",
        "termination_a": "side_a_name",
        "device_b": "side_b_device",
        "termination_b": "side_b_name",
    },
    "ip_addresses": {"ip_address": "address", "parent": "device"},
}

# What NetBox has no place for. The import leaves it as it stands in the inventory.
NOT_SAID: Mapping[str, str] = {
    "legacy": "the legacy maps: VLANs, services, account, naming and habits (the hosts' legacy addresses do go out)",
    "migration": "the migration programmes: pilot sites, waves, batches, failure budgets",
    "user_groups": "user groups: who works where, and from which zone",
    "applications": "applications, common services and destinations: NetBox's services know a port, but no users",
    "agreements": "data-processor agreements",
    "risk_assessments": "risk assessments and their findings",
    "support": "who answers for a municipality from the pilot on",
    "on_call": "rotas: whom a fault calls, when and by which telephone",
    "application_levels": "service levels, and which application has which",
    "maintenance": "maintenance that is announced",
    "lines": "lines that are hired: supplier, Mbit/s, path, contract; the cables that they are on do go out",
    "waivers": "waivers: who may be missing from the survey, until when and why",
    "witness": "witnesses: where each municipality wants the journal's checkpoints",
    "standard": "the standard (group_vars/all): port profiles, models, services, exits, accounts,"
    " policies, windows, budgets, risks, holidays, service levels, suppliers. Its zones go out as VLANs and prefixes,"
    " and are compared when they come back",
    "endpoint": "how to connect: ansible_host, ports, and all other variables of hosts and groups",
    "groups": "the group tree (groups.yml) and host_vars",
}
NOT_SAID_OF_MUNICIPALITIES = (
    *("legacy", "migration", "waivers", "witness"),
    *("user_groups", "applications", "agreements", "risk_assessments", "support"),
    *("on_call", "application_levels", "maintenance"),
)
