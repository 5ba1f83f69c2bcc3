"""Ask a name server or a time server as a client does; a program of its own, to be run where people sit.

python ask_services.py names 10.10.1.11 time.vestfinnmark.example 30.92.17.10.in-addr.arpa …
python ask_services.py time 10.10.1.10
"""

import json
import socket
import struct
import sys
import time

SECONDS = 3.0
EPOCH = 2208988800  # of NTP, seconds before that of Unix
ADDRESS, POINTER = 1, 12  # types of records


def ask_names(server: str, names: list[str]) -> dict[str, list[str]]:
    """What each name leads to, in the order of the answer; of an address turned round, whose it is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(SECONDS)
        line.connect((server, 53))
        return {name: _ask_name(line, number, name) for number, name in enumerate(names)}


def _ask_name(line: socket.socket, number: int, name: str) -> list[str]:
    kind = POINTER if name.endswith(".arpa") else ADDRESS
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, kind, 1)
    line.send(question)
    while (reply := line.recv(4096))[:2] != question[:2]:  # of an earlier question, late
        pass
    flags, _, answers = struct.unpack(">3H", reply[2:8])
    if flags & 15 == 3:
        return []
    if flags & 15:
        raise OSError(f"{name}: code {flags & 15}")
    found, place = [], len(question)
    for _ in range(answers):
        length = struct.unpack(">H", reply[place + 10 : place + 12])[0]
        value = reply[place + 12 : place + 12 + length]
        found.append(socket.inet_ntoa(value) if kind == ADDRESS else _read_name(value))
        place += 12 + length
    return found


def _read_name(value: bytes) -> str:
    labels: list[str] = []
    while value[0]:
        labels.append(value[1 : 1 + value[0]].decode())
        value = value[1 + value[0] :]
    return ".".join(labels)


def ask_time(server: str) -> dict[str, float]:
    """How far a server's clock is from this one, in seconds, and its stratum."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(SECONDS)
        line.connect((server, 123))
        sent = time.time()
        line.send(b"\x23" + 47 * b"\0")  # version 4, client
        reply = line.recv(512)
        received = time.time()
    whole, part = struct.unpack(">II", reply[40:48])
    return {"offset": whole - EPOCH + part / 2**32 - (sent + received) / 2, "stratum": reply[1]}


if __name__ == "__main__":
    service, address, *asked = sys.argv[1:]
    print(json.dumps(ask_names(address, asked) if service == "names" else ask_time(address)))
