"""Show commands about transceivers: lines to other switches are fibre, and so are the four last ports."""

import time
from typing import Any

from lab.personalities.eos.commands.interfaces import Seen, look
from lab.personalities.eos.terminal import Output, Terminal, command

NO_LIGHT, LIGHT, LOW_ALARM = -30.0, -4.3, -18.4  # dBm; EOS calls 0 W, which is no finite dBm, -30
TRANSCEIVER = """If device is externally calibrated, only calibrated values are printed.
N/A: not applicable, Tx: transmit, Rx: receive.
mA: milliamperes, dBm: decibels (milliwatts).
                              Bias     Optical  Optical
       Temp       Voltage     Current  Tx Power Rx Power
Port   (Celsius)  (Volts)     (mA)     (dBm)    (dBm)     Last Update
-----  ---------  ----------  -------- -------- --------  -------------------"""


def _find_light(terminal: Terminal, interface: Seen) -> float | None:
    """What arrives at a port's transceiver; None: it has none."""
    switch, number = terminal.switch, interface.number
    is_broken = switch.faults.hardware.suffers("no-light", interface.name)
    if number is None:
        return None
    is_cabled = number in switch.facts.cables
    if not (is_cabled or is_broken or number > len(switch.port_names) - 4):
        return None
    # A far end that sends nothing is dark; at an end that is itself closed, light still arrives.
    is_lit = interface.up or (is_cabled and (not interface.enabled or interface.disabled_by_switch))
    return LIGHT if is_lit and not is_broken else NO_LIGHT


@command("show interfaces transceiver", privileged=False)
def transceiver(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Optics: what arrives, and what is sent."""
    lines, data = [TRANSCEIVER], {}
    for interface in look(terminal):
        power = _find_light(terminal, interface)
        if power is None:
            continue
        data[interface.name] = {
            "displayName": interface.name,
            "mediaType": "10GBASE-LR",
            "txPower": -2.1,
            "rxPower": power,
            "txBias": 32.5,
            "temperature": 33.0,
            "voltage": 3.3,
            "updateTime": time.time() - 2,
        }
        lines.append(
            f"{interface.short:<6} {33.0:>10.2f} {3.3:>9.2f} {32.5:>8.2f} {-2.1:>8.2f} {power:>8.2f}  0:00:02 ago"
        )
    return Output("\n".join(lines) + "\n", {"interfaces": data})


@command("show interfaces transceiver dom thresholds", privileged=False)
def transceiver_thresholds(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Optics: what arrives, and the limit below which the transceiver raises an alarm; a port without has no values."""
    lines: list[str] = []
    data: dict[str, dict[str, Any]] = {}
    for interface in look(terminal, terminal.switch.port_names):
        entry: dict[str, Any] = {"displayName": interface.name}
        data[interface.name] = entry
        power = _find_light(terminal, interface)
        if power is None:
            continue
        lines.append(f"{interface.short:<8} Rx Power (dBm) {power:>8.2f} {LOW_ALARM:>8.2f}")
        threshold = {"highAlarm": 2.5, "highWarn": 0.5, "lowAlarm": LOW_ALARM, "lowWarn": -14.4}
        received = {"unit": "dBm", "channels": {"-": power}, "threshold": threshold}
        entry |= {"mediaType": "10GBASE-LR", "vendorSn": "", "parameters": {"rxPower": received}}
    return Output("\n".join(lines) + "\n", {"interfaces": data})
