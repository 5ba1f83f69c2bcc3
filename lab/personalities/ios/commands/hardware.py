"""Show commands about the parts of the switch: heat, fans, power, and what it feeds."""

import re
from collections.abc import Iterator

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.commands.system import short
from lab.personalities.ios.configuration.parse import Match

SUPPLIES = """\
SW  PID                 Serial#     Status           Sys Pwr  PoE Pwr  Watts
--  ------------------  ----------  ---------------  -------  -------  -----
"""
PHONE_WATTS = 6.3  # a telephone of class 2


def _has(shell: IosShell, part: str) -> bool:
    return part in shell.switch.faults.hardware.parts


def _temperature(shell: IosShell) -> str:
    inlet, color = (49, "YELLOW") if _has(shell, "hot") else (31, "GREEN")
    return (
        "Switch 1: SYSTEM TEMPERATURE is OK\n"
        f"Inlet Temperature Value: {inlet} Degree Celsius\nTemperature State: {color}\n"
        "Yellow Threshold : 46 Degree Celsius\nRed Threshold    : 56 Degree Celsius\n\n"
        "Hotspot Temperature Value: 38 Degree Celsius\nTemperature State: GREEN\n"
        "Yellow Threshold : 105 Degree Celsius\nRed Threshold    : 125 Degree Celsius\n"
    )


def _supplies(shell: IosShell) -> str:
    """A 3850 has two supplies that can be changed; a 2960-X has one that is built in."""
    fails = _has(shell, "power")
    if not shell.switch.model.startswith("WS-C3850"):
        return f"{SUPPLIES} 1  Built-in                                         {'Bad' if fails else 'Good'}\n\n"
    second = (
        "1B  Unknown             Unknown     No Input Power   Bad      Bad      Unknown\n"
        if fails
        else f"1B  PWR-C1-715WAC       {shell.switch.serial[::-1]:<10}  OK               Good     Good     715\n"
    )
    first = f"1A  PWR-C1-715WAC       {shell.switch.serial:<10}  OK               Good     Good     715\n"
    return f"{SUPPLIES}{first}{second}\n"


@command("show environment [all]", "show environment temperature [status]", "show environment fan", level=1)
async def show_environment(shell: IosShell, typed: Match) -> str:
    """Fans, temperature and power supplies."""
    if "temperature" in typed.text:
        return _temperature(shell)
    fans = f"Switch 1 FAN 1 is OK\nSwitch 1 FAN 2 is {'NOT OK' if _has(shell, 'fan') else 'OK'}\n"
    return fans if "fan" in typed.text else f"{fans}{_temperature(shell)}\n{_supplies(shell)}"


def _budget(model: str) -> float | None:
    """The watts that a model has for others; None: it feeds nobody."""
    ports = re.search(r"-(\d+)(F|L)?P", model)
    return None if ports is None else 740.0 if ports[2] == "F" or int(ports[1]) > 24 else 370.0


def _consumers(shell: IosShell) -> Iterator[tuple[str, bool, bool]]:
    """Each port, whether it may feed, and whether a telephone asks for it there."""
    ports = shell.switch.meaning.ports
    for number, name in enumerate(shell.device.config.ports, 1):
        port = ports.get(number)
        asks = port is not None and port.voice is not None and port.feeds and shell.switch.oper(number)
        yield short(name), port is None or port.feeds, asks


@command("show power inline", level=1)
async def show_power(shell: IosShell, typed: Match) -> str:
    """The budget for power over Ethernet, and what each port takes of it."""
    available = _budget(shell.switch.model)
    if available is None:
        return "%No inline power card on switch\n"
    rows = list(_consumers(shell))
    used = sum(PHONE_WATTS for _, _, asks in rows if asks)
    if _has(shell, "poe"):
        used = available - 0.4
    lines = [
        "",
        "Module   Available     Used     Remaining",
        "          (Watts)     (Watts)    (Watts) ",
        "------   ---------   --------   ---------",
        f"1        {available:>8.1f}    {used:>7.1f}    {available - used:>8.1f}",
        "Interface Admin  Oper       Power   Device              Class Max",
        "                            (Watts)                            ",
        "--------- ------ ---------- ------- ------------------- ----- ----",
    ]
    for name, feeds, asks in rows:
        state, watts, device, kind = ("on", PHONE_WATTS, "Ieee PD", "2") if asks else ("off", 0.0, "n/a", "n/a")
        admin = "auto" if feeds else "off"
        lines.append(f"{name:<9} {admin:<6} {state:<10} {watts:<7.1f} {device:<19} {kind:<5} 30.0 ")
    return "\n".join([*lines, ""])


@command("show interfaces transceiver", level=1)
async def show_transceivers(shell: IosShell, typed: Match) -> str:
    """What the transceivers measure: lines to other switches are fibre."""
    faults = shell.switch.faults.hardware
    lines = [
        "If device is externally calibrated, only calibrated values are printed.",
        "++ : high alarm, +  : high warning, -  : low warning, -- : low alarm.",
        "NA or N/A: not applicable, Tx: transmit, Rx: receive.",
        "mA: milliamperes, dBm: decibels (milliwatts).", "",
        "                                 Optical   Optical",
        "           Temperature  Voltage  Tx Power  Rx Power",
        "Port       (Celsius)    (Volts)  (dBm)     (dBm)",
        "---------  -----------  -------  --------  --------",
    ]  # fmt: skip
    for number, name in enumerate(shell.device.config.ports, 1):
        if number not in shell.switch.facts.cables and not faults.suffers("no-light", name):
            continue
        section = shell.device.config.interface(name)
        closed = section is not None and section.has("shutdown")
        disabled = faults.suffers("errdisable", name)
        # A far end that sends nothing is dark; at an end that is itself closed, light still arrives.
        dark = faults.suffers("no-light", name) or not (shell.switch.oper(number) or closed or disabled)
        receive = "-40.0 --" if dark else " -5.4   "
        lines.append(f"{short(name):<9}    23.1       3.29      -2.2     {receive}")
    return "\n".join([*lines, ""])
