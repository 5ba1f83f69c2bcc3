"""Ports by the names that EOS shows them by, however they were typed. Source: Arista EOS User Manual, ACL commands."""

from collections.abc import Mapping

NAMES: Mapping[int, str] = {
    20: "ftp-data", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 49: "tacacs", 53: "domain", 67: "bootps",
    68: "bootpc", 69: "tftp", 80: "www", 110: "pop3", 123: "ntp", 161: "snmp", 162: "snmptrap", 179: "bgp",
    389: "ldap", 443: "https", 514: "syslog",
}  # fmt: skip
PORT_NAMES: Mapping[str, Mapping[int, str]] = {"tcp": NAMES, "udp": NAMES}
