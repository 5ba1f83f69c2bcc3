"""A new municipality's people, applications, agreements and lines: drafted, with comments that teach. Pure."""

from collections.abc import Iterator
from math import ceil

from nornir_tasks.inventory.scaffold_order import Order
from nornir_tasks.model import Municipality, Standard
from nornir_tasks.model.municipality import Link
from nornir_tasks.model.services import UserGroup

HEAD = ["---", "# yaml-language-server: $schema=../../.schema/municipality.schema.json"]
APPLICATIONS = """\
# What people use here, where it runs, and who answers for it. From these records, and from nothing else, follow
# who may reach what, probes, gates and pages. Decide: an application is its record; write it when its servers are in
# municipalities/{name}.yml. Such as:
#   case_archive:
#     label: Case and archive (Noark 5)
#     system_owner: Head of administration     # a function, not a name
#     system_administrator: Archive lead
#     superusers: [Archive clerk]
#     hosts: [{name}-app-01]
#     database: {{hosts: [{name}-db-01], ports: [tcp/1433]}}
#     ports: [tcp/443]                         # what its users open
#     users: [{group}]                         # of user_groups.yml; another municipality's: {like}/{group}
#     devices: {{equipment: [tcp/9100]}}         # what its hosts open, by zone: printers, controllers
#     feeds: {{equipment: [tcp/445]}}            # what stations of a zone open at its hosts: scans
#     sensitivity: confidential                # open, internal, confidential, health
#     needs: [altinn]                          # of destinations, in group_vars/all
#     move: {{wave: 1, conditions: [{{text: The supplier has tried it, owner: Archive lead}}]}}   # or wave: pilot
applications: {{}}
"""
AGREEMENTS = """\
# Decide: without an agreement and an assessment that are in force and cover the applications nothing is connected.
# agreements:
#   processor:
#     controller: Chief executive of {label}
#     processor: Operations centre
#     signed: 2026-08-20
#     until: 2029-08-20
#     covers: [all]              # or applications, by name
# risk_assessments:
#   ros:
#     made: 2026-09-02
#     covers: [all]
#     findings:
#       - {{text: One person knows the old network, owner: Head of administration, due: 2027-06-30}}
"""


def format_user_groups(order: Order, like: Municipality, standard: Standard) -> str:
    """The file of a new municipality's user groups: those of the other one, at the sites that are alike."""
    lines = [
        *HEAD,
        "# Who works here: people of a kind, from which zone, and how many of them at each site.",
        f"# Decide: all of this is drafted after {order.like}, as many people a PC as there.",
    ]
    groups = [
        lines for name, group in like.user_groups.items() for lines in _format_group(order, like, standard, name, group)
    ]
    return "\n".join([*lines, *(["user_groups:", *groups] if groups else ["user_groups: {}"])]) + "\n"


def _format_group(order: Order, like: Municipality, standard: Standard, name: str, group: UserGroup) -> Iterator[str]:
    """A group of the other municipality at the new sites of the same purposes; nothing where there is none."""
    there = {site: like.sites[site] for site in group.sites}
    purposes = {site.purpose for site in there.values()}
    clients = sum(site.clients for site in there.values())
    people_per_client = sum(group.sites.values()) / clients if clients else 1.0
    people = {
        site.name: max(1, ceil(site.clients * people_per_client))
        for site in order.sites
        if site.purpose in purposes and group.zone in standard.site_purposes[site.purpose]
    }
    if people:
        yield from (f"  {name}:", f"    label: {group.label}", f"    zone: {group.zone}", "    sites:")
        yield from (f"      {site}: {count}" for site, count in people.items())


def format_applications(order: Order, like: Municipality) -> str:
    """The file of a new municipality's applications: none yet, and how one is written."""
    group = next(iter(like.user_groups), "office")
    text = APPLICATIONS.format(name=order.name, like=order.like, group=group)
    return "\n".join(HEAD) + "\n" + text


def list_agreement_lines(order: Order, like: Municipality) -> list[str]:
    """The end of a new municipality's record: agreements to be made, and who answers, which is as with the others."""
    lines = ["", *AGREEMENTS.format(label=order.label).splitlines()]
    if like.support:
        lines += [
            "",
            "# Decide: who answers for it from the pilot on. Without all three there is no pilot.",
            "support:",
        ]
        lines += [f"  {key}: {_quote_text(value)}" for key, value in like.support]
    return lines


def format_line(link: Link | None, path: str) -> str:
    """A line as of another link, for the end of a new one; empty: that one has none.

    Args:
        link: of the other municipality.
        path: the way of the new line, in words.
    """
    if link is None or link.line is None:
        return ""
    line = link.line
    speeds = f"down_mbps: {line.down_mbps}, up_mbps: {line.up_mbps}"
    return (
        f",\n     line: {{supplier: {_quote_text(line.supplier)}, {speeds}, contract: to be made, ends: {line.ends},"
        f'\n            path: "{path}"}}'
    )


def _quote_text(text: str) -> str:
    """A text as a value of YAML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
