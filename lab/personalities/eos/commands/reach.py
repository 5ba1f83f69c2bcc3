"""Exec commands that ask whether an address answers: ping and traceroute."""

from ipaddress import IPv4Address

from lab.personalities.eos.configuration.tokens import complaint, split, whole
from lab.personalities.eos.terminal import Output, Terminal, command


@command("ping <word>", "ping <word> <rest>", privileged=False)
def ping(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Echo requests, in the words of Linux's own ping."""
    target, vrf = values[0], ""
    words = split(values[1]) if len(values) > 1 else []
    if target == "vrf":
        if len(words) < 2:
            raise complaint(len(words) + 2, ["ping", "vrf", *words])
        vrf, target, *words = words
    options = _options(words, offset=2 + 2 * bool(vrf))
    count, size = options.get("repeat", 5), options.get("size", 72)
    try:
        answers = terminal.switch.ping(target) and vrf in ("", "default")
    except ValueError:
        return Output(f"ping: {target}: Name or service not known\n", None)
    lines = [f"PING {target} ({target}) {size}({size + 28}) bytes of data."]
    if answers:
        lines += [
            f"{size + 8} bytes from {target}: icmp_seq={number} ttl=64 time=0.{180 + number} ms"
            for number in range(1, count + 1)
        ]
    lines += [
        "",
        f"--- {target} ping statistics ---",
        f"{count} packets transmitted, {count if answers else 0} received, "
        f"{0 if answers else 100}% packet loss, time {count}ms",
    ]
    if answers:
        lines.append(
            f"rtt min/avg/max/mdev = 0.181/0.{180 + (count + 1) // 2}/0.{180 + count}/0.002 ms, ipg/ewma 1.000/0.182 ms"
        )
    return Output("\n".join(lines) + "\n", None)


PING = {"repeat": range(1, 1001), "size": range(36, 18025), "timeout": range(1, 3601), "interval": range(1, 3601)}


def _options(words: list[str], offset: int) -> dict[str, int]:
    """What stands behind the target of a ping.

    Raises:
        Invalid: EOS does not take it.
    """
    options: dict[str, int] = {}
    line = [""] * offset + words
    place = 0
    while place < len(words):
        name = next((known for known in (*PING, "source", "df-bit") if known.startswith(words[place])), None)
        if name is None:
            raise complaint(offset + place, line)
        place += 1
        if name == "df-bit":
            continue
        if place == len(words):
            raise complaint(len(line), line)
        if name != "source":
            try:
                options[name] = whole(words[place])
            except ValueError:
                raise complaint(offset + place, line) from None
            if options[name] not in PING[name]:
                raise complaint(offset + place, line)
        place += 1
    return options


@command(
    "traceroute <word>",
    "bash timeout <int:1-100000> traceroute <word>",
    "bash timeout <int:1-100000> traceroute <word> <rest>",
    privileged=False,
)
def traceroute(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The way to an address, in the words of Linux's own traceroute."""
    target = values[0] if len(values) == 1 else values[1]
    try:
        address = IPv4Address(target)
    except ValueError:
        return Output(f'{target}: Name or service not known\nCannot handle "host" cmdline arg `{target}\'\n', None)
    lines = [f"traceroute to {target} ({target}), 30 hops max, 60 byte packets"]
    hops = terminal.switch.trace(address)
    if hops and terminal.switch.ping(address):
        hops[-1] = address  # Linux answers from the address that was asked for
    lines += [f"{hop:>2}  {name} ({name})  0.412 ms  0.398 ms  0.401 ms" for hop, name in enumerate(hops, 1)]
    if not hops or hops[-1] != address:
        lines += [f"{hop:>2}  * * *" for hop in range(len(hops) + 1, 31)]
    return Output("\n".join(lines) + "\n", None)
