"""Exec commands that ask whether an address answers: ping and traceroute."""

from ipaddress import IPv4Address

from lab.device.sources import find_source
from lab.device.tables import Dialled
from lab.personalities.eos.configuration.tokens import complaint, split, whole
from lab.personalities.eos.terminal import Failed, Output, Terminal, command

UNASSIGNED = "bind: Cannot assign requested address"  # Linux's words for an address that is none of its own


@command("ping <word>", "ping <word> <rest>", privileged=False)
def ping(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Echo requests, in the words of Linux's own ping."""
    target, vrf = values[0], ""
    words = split(values[1]) if len(values) > 1 else []
    if target == "vrf":
        if len(words) < 2:
            raise complaint(len(words) + 2, ["ping", "vrf", *words])
        vrf, target, *words = words
    options, named = _options(words, offset=2 + 2 * bool(vrf))
    count, size = options.get("repeat", 5), options.get("size", 72)
    source = find_source(terminal.switch, named) if named else None
    if named and source is None:
        return Output(f"{UNASSIGNED}\n", None)
    try:
        answers = terminal.switch.ping(target, source) and vrf in ("", "default")
    except ValueError:
        return Output(f"ping: {target}: Name or service not known\n", None)
    asking = f" from {source} :" if source else ""
    lines = [f"PING {target} ({target}){asking} {size}({size + 28}) bytes of data."]
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


def _options(words: list[str], offset: int) -> tuple[dict[str, int], str]:
    """What stands behind the target of a ping: the numbers by their names, and the source.

    Raises:
        Invalid: EOS does not take it.
    """
    options: dict[str, int] = {}
    source = ""
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
        if name == "source":
            source = words[place]
        else:
            try:
                options[name] = whole(words[place])
            except ValueError:
                raise complaint(offset + place, line) from None
            if options[name] not in PING[name]:
                raise complaint(offset + place, line)
        place += 1
    return options, source


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


@command("bash timeout <int:1-100000> nc <rest>")
def netcat(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """A connection over TCP, in the words of Ncat; of a shell it knows what leads words elsewhere."""
    options, target, port = _read_netcat(split(values[1]))
    lines = ["Ncat: Version 7.92 ( https://nmap.org/ncat )"] if "-v" in options else []
    try:
        address, number = IPv4Address(target), whole(port)
    except ValueError:
        return Output(
            "\n".join([*lines, f'Ncat: Could not resolve hostname "{target}": Name or service not known.', ""])
        )
    sources = terminal.switch.sources()
    own = sources[0].address if sources else IPv4Address("127.0.0.1")
    source = next((each.address for each in sources if str(each.address) == options.get("-s", str(own))), None)
    if source is None:
        bound = f"libnsock mksock_bind_addr(): Bind to {options['-s']}:0 failed (IOD #1): {UNASSIGNED[6:]} (99)"
        return Output("\n".join([*lines, bound, "Ncat: Connection timed out.", ""]))
    dialled = terminal.switch.dial(address, number, source)
    limit = whole(values[0])
    patience = int(options["-w"]) if options.get("-w", "").isdigit() else SYN_SECONDS
    if dialled == Dialled.SILENT:
        terminal.take(min(limit, patience))
        if patience > limit:
            return Output("\n".join([*lines, ""]))
    lines.append(
        {
            Dialled.OPEN: f"Ncat: Connected to {address}:{number}.",
            Dialled.REFUSED: "Ncat: Connection refused.",
            Dialled.SILENT: "Ncat: TIMEOUT.",
            Dialled.UNREACHABLE: "Ncat: Network is unreachable.",
        }[dialled]
    )
    if dialled == Dialled.OPEN:
        lines.append("Ncat: 0 bytes sent, 0 bytes received in 0.02 seconds.")
    return Output("\n".join([*lines, ""]))


SYN_SECONDS = 127  # that Linux tries
SHELL = ("</dev/null", "2>&1")  # what of the shell stands behind a command and changes nothing here


def _read_netcat(words: list[str]) -> tuple[dict[str, str], str, str]:
    """The options, the host and the port of a netcat.

    Raises:
        Failed: it is told something that it does not know here.
    """
    if "||" in words:
        words = words[: words.index("||")]
    words = [word for word in words if word not in SHELL]
    options: dict[str, str] = {}
    places: list[str] = []
    while words:
        word, *words = words
        if word in ("-s", "-w") and words:
            options[word], *words = words
        elif word in ("-v", "--send-only"):
            options[word] = ""
        elif word.startswith("-"):
            raise Failed(f"ncat: unrecognized option '{word}'")
        else:
            places.append(word)
    if len(places) != 2:
        raise Failed("Ncat: You must specify a host and a port to connect to. QUITTING.")
    return options, places[0], places[1]
