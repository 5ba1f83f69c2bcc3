"""The lines of ProCurve about who may use a port: 802.1X, by MAC address, by web page; and where it asks itself."""

from collections.abc import Iterator

from lab.personalities.procurve.grammar import Row, Store

# What may be said of a port: the values, and the one that is not shown.
NUMBERS: dict[str, dict[str, tuple[int, int, int | None]]] = {
    "authenticator": {
        "quiet-period": (0, 65535, 60), "tx-period": (1, 65535, 30), "supplicant-timeout": (1, 300, 30),
        "server-timeout": (1, 300, 300), "max-requests": (1, 10, 2), "reauth-period": (0, 9999999, 0),
        "auth-vid": (1, 4094, None), "unauth-vid": (1, 4094, None), "unauth-period": (0, 255, 0),
        "logoff-period": (1, 999999999, 300), "client-limit": (1, 32, None),
    },
    "supplicant": {},
    "mac-based": {
        "addr-limit": (1, 32, 1), "auth-vid": (1, 4094, None), "unauth-vid": (1, 4094, None),
        "logoff-period": (60, 9999999, 300), "quiet-period": (1, 65535, 60), "reauth-period": (0, 9999999, 0),
        "max-requests": (1, 10, 3), "server-timeout": (1, 300, 30), "unauth-period": (0, 255, 0),
    },
    "web-based": {
        "client-limit": (1, 32, 1), "auth-vid": (1, 4094, None), "unauth-vid": (1, 4094, None),
        "logoff-period": (60, 9999999, 300), "quiet-period": (1, 65535, 60), "reauth-period": (0, 9999999, 0),
    },
}  # fmt: skip
WORDS = {
    "authenticator": ("control {control}",),
    "supplicant": ('identity "{user}"', 'secret "{secret}"', 'encrypted-secret "{base64}"'),
}
DEFAULTS = {"control {control}": "control auto"}
# How it is called that a port has not been named alone before: only these two are refused.
UNNAMED = {
    "authenticator": "Port {physical} is not an authenticator.",
    "supplicant": "Port {physical} is not a supplicant.",
}


def _list_rows(kind: str) -> Iterator[Row]:
    """A port is named alone, and then what is said of it."""
    port = f"aaa port-access {kind} {{physical}}"
    needs, refusal = (port, UNNAMED[kind]) if kind in UNNAMED else ("", "")
    yield Row(port, key=port, on=False, joined=True)
    for setting, (low, high, default) in NUMBERS[kind].items():
        yield Row(
            f"{port} {setting} {{number}}",
            key=f"{port} {setting}",
            default="" if default is None else f"{port} {setting} {default}",
            section=f"{kind} settings",
            limits=(low, high),
            needs=needs,
            refusal=refusal,
        )
    for words in WORDS.get(kind, ()):
        yield Row(
            f"{port} {words}",
            key=f"{port} {words.split()[0].removeprefix('encrypted-')}",
            default=f"{port} {DEFAULTS[words]}" if words in DEFAULTS else "",
            section=f"{kind} settings",
            needs=needs,
            refusal=refusal,
        )


PORT_ACCESS = (
    *_list_rows("authenticator"),
    Row("aaa port-access authenticator active", on=False),
    *_list_rows("supplicant"),
    *_list_rows("mac-based"),
    Row("aaa port-access mac-based addr-format {format}", default="aaa port-access mac-based addr-format no-delimiter"),
    *_list_rows("web-based"),
    Row(
        "aaa port-access {physical} controlled-direction {direction}",
        key="aaa port-access {physical} controlled-direction",
        default="aaa port-access {physical} controlled-direction both",
    ),
)


def is_guarded(top: Store, port: int) -> bool:
    """Whether a port lets nobody in before a server has said so; none ever answers here."""
    start = "aaa port-access authenticator"
    control = (top.get(f"{start} {port} control") or "auto").rpartition(" ")[2]
    asks = bool(top.get(f"{start} active") and top.get(f"{start} {port}")) and control != "authorized"
    return asks or any(top.get(f"aaa port-access {kind} {port}") for kind in ("mac-based", "web-based"))


def find_guest_vlan(top: Store, port: int) -> int | None:
    """The VLAN that a guarded port is in until then; None: it lets nothing through."""
    lines = (
        top.get(f"aaa port-access {kind} {port} unauth-vid") for kind in ("authenticator", "mac-based", "web-based")
    )
    return next((int(line.rpartition(" ")[2]) for line in lines if line), None)
