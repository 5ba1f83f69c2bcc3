"""Show commands about the hardware: sensors, fans, power supplies, and why it last started."""

import time
from datetime import UTC, datetime

from lab.personalities.eos.terminal import Output, Terminal, command

SENSORS = (("Cpu temp sensor", 41.5, 84), ("Front-panel temp sensor", 31.0, 65))
ALERT, CRITICAL = 95.0, 105.0
FANS = ("1/1", "2/1")
SUPPLY = "PWR-500AC-F"


def _ago(seconds: float) -> str:
    """``2 days, 1:02:03``."""
    rest = int(seconds)
    clock = f"{rest % 86400 // 3600}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"{rest // 86400} days, {clock}" if rest >= 86400 else clock


@command("show [system] environment temperature", privileged=False)
def temperature(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Sensors, all well."""
    sensors = [
        {
            "name": f"TempSensor{number}",
            "description": place,
            "currentTemperature": degrees,
            "targetTemperature": float(setpoint),
            "overheatThreshold": ALERT,
            "criticalThreshold": CRITICAL,
            "hwStatus": "ok",
            "inAlertState": False,
        }
        for number, (place, degrees, setpoint) in enumerate(SENSORS, 1)
    ]
    text = (
        "System temperature status is: Ok\n"
        "                                                                 Alert  Critical\n"
        "                                               Temp    Setpoint  Limit     Limit\n"
        "Sensor  Description                             (C)         (C)    (C)       (C)\n"
        "------- ----------------------------------- ------- ----------- ------ ---------\n"
    ) + "".join(
        f"{number:<7} {place:<35} {degrees:>7.1f} {f'({setpoint}) N/A':>11} {ALERT:>6.0f} {CRITICAL:>9.0f}\n"
        for number, (place, degrees, setpoint) in enumerate(SENSORS, 1)
    )
    return Output(
        text,
        {
            "systemStatus": "temperatureOk",
            "tempSensors": sensors,
            "cardSlots": [],
            "powerSupplySlots": [],
            "shutdownOnOverheat": True,
        },
    )


@command("show [system] environment cooling", privileged=False)
def cooling(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Fans, all well."""
    trays = [
        {
            "label": fan.partition("/")[0],
            "status": "ok",
            "speed": 30,
            "fans": [{"label": fan, "status": "ok", "actualSpeed": 30, "configuredSpeed": 30}],
        }
        for fan in FANS
    ]
    text = (
        "System cooling status is: Ok\nAmbient temperature: 24C\nAirflow: front-to-back\n"
        "Fan              Status          Configured Speed     Actual Speed\n"
        "---------------- --------------- ---------------- ----------------\n"
    ) + "".join(f"{fan:<16} {'Ok':<15} {'30%':>16} {'30%':>16}\n" for fan in FANS)
    return Output(
        text,
        {
            "systemStatus": "coolingOk",
            "ambientTemperature": 24.0,
            "airflowDirection": "frontToBackAirflow",
            "fanTraySlots": trays,
            "powerSupplySlots": [],
        },
    )


@command("show [system] environment power", privileged=False)
def power(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Power supplies, all well."""
    uptime = terminal.switch.uptime
    supplies = {
        str(number): {
            "modelName": SUPPLY,
            "state": "ok",
            "capacity": 500.0,
            "outputPower": 61.5,
            "inputCurrent": 0.3,
            "outputCurrent": 5.1,
            "uptime": uptime,
            "managed": True,
        }
        for number in (1, 2)
    }
    text = (
        "Power                        Input  Output  Output\n"
        "Supply Model       Capacity Current Current  Power Status      Uptime\n"
        "------ ----------- -------- ------- ------- ------ ---------- -------\n"
    ) + "".join(
        f"{number:<6} {SUPPLY:<11} {'500W':>8} {'0.30A':>7} {'5.10A':>7} {'61.5W':>6} {'Ok':<10} {_ago(uptime)}\n"
        for number in supplies
    )
    text += f"Total  --          {'1000W':>8} {'--':>7} {'--':>7} {'123.0W':>6} {'--':<10} --\n"
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
