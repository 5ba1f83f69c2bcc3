"""Show commands about the hardware: sensors, fans, power supplies, and why it last started."""

import time
from datetime import UTC, datetime
from typing import Any

from lab.personalities.eos.terminal import Output, Terminal, command

SENSORS = (("Cpu temp sensor", 41.5, 84), ("Front-panel temp sensor", 31.0, 65))
ALERT, CRITICAL = 95.0, 105.0
FANS = ("1/1", "2/1")
SUPPLY = "PWR-500AC-F"
STATES = {"ok": "Ok", "powerLoss": "Power Loss"}


def _has(terminal: Terminal, part: str) -> bool:
    return part in terminal.switch.faults.hardware.parts


def _ago(seconds: float) -> str:
    """``2 days, 1:02:03``."""
    rest = int(seconds)
    clock = f"{rest % 86400 // 3600}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"{rest // 86400} days, {clock}" if rest >= 86400 else clock


@command("show [system] environment temperature", privileged=False)
def temperature(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Sensors."""
    is_hot = _has(terminal, "hot")
    readings = [
        (place, ALERT + 2.5 if is_hot and not n else degrees, to) for n, (place, degrees, to) in enumerate(SENSORS)
    ]
    sensors = [
        {
            "name": f"TempSensor{number}",
            "description": place,
            "currentTemperature": degrees,
            "targetTemperature": float(setpoint),
            "overheatThreshold": ALERT,
            "criticalThreshold": CRITICAL,
            "hwStatus": "ok",
            "inAlertState": degrees > ALERT,
        }
        for number, (place, degrees, setpoint) in enumerate(readings, 1)
    ]
    text = (
        f"System temperature status is: {'Overheating' if is_hot else 'Ok'}\n"
        "                                                                 Alert  Critical\n"
        "                                               Temp    Setpoint  Limit     Limit\n"
        "Sensor  Description                             (C)         (C)    (C)       (C)\n"
        "------- ----------------------------------- ------- ----------- ------ ---------\n"
    ) + "".join(
        f"{number:<7} {place:<35} {degrees:>7.1f} {f'({setpoint}) N/A':>11} {ALERT:>6.0f} {CRITICAL:>9.0f}\n"
        for number, (place, degrees, setpoint) in enumerate(readings, 1)
    )
    return Output(
        text,
        {
            "systemStatus": "temperatureOverheat" if is_hot else "temperatureOk",
            "tempSensors": sensors,
            "cardSlots": [],
            "powerSupplySlots": [],
            "shutdownOnOverheat": True,
        },
    )


@command("show [system] environment cooling", privileged=False)
def cooling(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Fans."""
    speeds = {fan: 0 if fan == FANS[-1] and _has(terminal, "fan") else 30 for fan in FANS}
    states = {fan: "ok" if speed else "failed" for fan, speed in speeds.items()}
    trays = [
        {
            "label": fan.partition("/")[0],
            "status": states[fan],
            "speed": 30,
            "fans": [{"label": fan, "status": states[fan], "actualSpeed": speed, "configuredSpeed": 30}],
        }
        for fan, speed in speeds.items()
    ]
    is_well = all(speeds.values())
    text = (
        f"System cooling status is: {'Ok' if is_well else 'Insufficient fans'}\n"
        "Ambient temperature: 24C\nAirflow: front-to-back\n"
        "Fan              Status          Configured Speed     Actual Speed\n"
        "---------------- --------------- ---------------- ----------------\n"
    ) + "".join(
        f"{fan:<16} {states[fan].capitalize():<15} {'30%':>16} {f'{speed}%':>16}\n" for fan, speed in speeds.items()
    )
    return Output(
        text,
        {
            "systemStatus": "coolingOk" if is_well else "coolingInsufficientFans",
            "ambientTemperature": 24.0,
            "airflowDirection": "frontToBackAirflow",
            "fanTraySlots": trays,
            "powerSupplySlots": [],
        },
    )


@command("show [system] environment power", privileged=False)
def power(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Power supplies; one that gets no power gives none, and tells no uptime."""
    uptime, is_lost = terminal.switch.uptime, _has(terminal, "power")
    well = {
        "state": "ok",
        "outputPower": 61.5,
        "inputCurrent": 0.3,
        "outputCurrent": 5.1,
        "uptime": time.time() - uptime,
    }
    lost = {"state": "powerLoss", "outputPower": 0.0, "inputCurrent": 0.0, "outputCurrent": 0.0}
    supplies: dict[str, dict[str, Any]] = {
        str(number): {
            "modelName": SUPPLY,
            "capacity": 500.0,
            "managed": True,
            **(lost if is_lost and number == 2 else well),
        }
        for number in (1, 2)
    }
    text = (
        "Power                        Input  Output  Output\n"
        "Supply Model       Capacity Current Current  Power Status      Uptime\n"
        "------ ----------- -------- ------- ------- ------ ---------- -------\n"
    ) + "".join(
        f"{number:<6} {SUPPLY:<11} {'500W':>8} {supply['inputCurrent']:>6.2f}A {supply['outputCurrent']:>6.2f}A "
        f"{supply['outputPower']:>5.1f}W {STATES[supply['state']]:<10} "
        f"{_ago(uptime) if 'uptime' in supply else 'Offline'}\n"
        for number, supply in supplies.items()
    )
    total = sum(supply["outputPower"] for supply in supplies.values())
    text += f"Total  --          {'1000W':>8} {'--':>7} {'--':>7} {total:>5.1f}W {'--':<10} --\n"
    return Output(text, {"powerSupplies": supplies})


@command("show reload cause", privileged=False)
def reload_cause(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Why it last started, and when."""
    booted = time.time() - terminal.switch.uptime
    return Output(
        "Reload Cause 1:\n-------------------\nReload requested by the user.\n\n"
        "Reload Time:\n------------\n"
        f"Reload occurred at {datetime.fromtimestamp(booted, UTC):%a %b %d %H:%M:%S %Y} UTC.\n\n"
        "Recommended Action:\n-------------------\nNo action necessary.\n\n"
        "Debugging Information:\n----------------------\nNone available.\n",
        {
            "resetCauses": [
                {
                    "description": "Reload requested by the user.",
                    "timestamp": booted,
                    "recommendedAction": "No action necessary.",
                    "debugInfoIsDir": False,
                    "debugInfo": [],
                }
            ]
        },
    )


@command("show boot-config", privileged=False)
def boot_config(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Which image it will boot."""
    image = f"flash:/EOS-{terminal.eos.software}.swi"
    return Output(
        f"Software image: {image}\nConsole speed: (not set)\nAboot password (encrypted): (not set)\n",
        {"softwareImage": image, "consoleSpeed": 0, "aboot_password": ""},
    )
