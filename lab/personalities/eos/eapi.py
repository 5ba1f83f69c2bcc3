"""The command API: one JSON-RPC request, run on a terminal of its own."""

from typing import Any

from lab.device import mishaps
from lab.device.switch import HangUp, PowerLost
from lab.personalities.eos.configuration.tokens import Invalid
from lab.personalities.eos.pipes import Failed
from lab.personalities.eos.terminal import Terminal

COULD_NOT_RUN, INVALID_COMMAND, UNCONVERTED = 1000, 1002, 1003
WORDS = {COULD_NOT_RUN: "could not run command", INVALID_COMMAND: "invalid command", UNCONVERTED: "unconverted command"}


class Fault(Exception):
    """A command that ends the request."""

    def __init__(self, code: int, words: str) -> None:
        self.code, self.words = code, words
        super().__init__(words)


async def answer(terminal: Terminal, body: dict[str, Any]) -> dict[str, Any]:
    """Obey one request, on a terminal made for it.

    Commands before one that fails have been carried out, as on the real switch. The lab's delay counts once for each
    command, but lines of a session cost nothing by themselves: they go to a candidate in one request, which EOS reads
    at hundreds of lines a second. Where a fault cuts the connection at a command, those behind it are still carried
    out: the switch has read the whole request.

    Raises:
        HangUp: the answer is lost, or the switch stopped in the middle of the request.
    """
    identity = body.get("id")
    parameters = body.get("params")
    if body.get("jsonrpc") != "2.0" or body.get("method") != "runCmds" or not isinstance(parameters, dict):
        return _error(identity, -32600, "Invalid request")
    unknown = set(parameters) - {
        "version",
        "cmds",
        "format",
        "autoComplete",
        "expandAliases",
        "timestamps",
        "includeErrorDetail",
        "stopOnError",
    }
    if unknown:
        return _error(identity, -32602, f"runCmds() got an unexpected keyword argument '{unknown.pop()}'")
    commands = parameters.get("cmds")
    if not isinstance(commands, list) or not commands:
        return _error(identity, -32602, "Invalid params: cmds must be a list of commands")
    as_text = parameters.get("format", "json") == "text"
    switch = terminal.switch
    results: list[dict[str, Any]] = []
    cut = False
    for number, item in enumerate(commands, 1):
        line, given = (item.get("cmd", ""), item.get("input")) if isinstance(item, dict) else (str(item), None)
        if terminal.session is None or line.startswith(("show", "commit")):
            await switch.delay()
        await mishaps.begin(switch, line)
        failed = None
        try:
            results.append(switch.faults.scribbled(_run(terminal, line, given, as_text)))
        except Fault as fault:
            failed = fault
        await terminal.pause()
        cut = await mishaps.spring(switch, "on", line) or cut
        if not switch.up:
            raise PowerLost
        if switch.faults.hang or (cut and failed is not None):
            raise HangUp
        if failed is not None:
            message = f"CLI command {number} of {len(commands)} '{line}' failed: {WORDS[failed.code]}"
            results.append(switch.faults.scribbled({"errors": [failed.words]}))
            return _error(identity, failed.code, message, results)
    if cut:
        raise HangUp
    return {"jsonrpc": "2.0", "id": identity, "result": results}


def _run(terminal: Terminal, line: str, given: str | None, as_text: bool) -> dict[str, Any]:
    if line.split()[:1] == ["enable"]:
        if not terminal.enable((given or "").rstrip("\n")):
            raise Fault(COULD_NOT_RUN, "Bad secret")
        return {"output": ""} if as_text else {}
    body = given.rstrip("\n").split("\n") if given is not None else None
    if body is None and terminal.takes_text(line):
        raise Fault(COULD_NOT_RUN, "End of input while reading multi-line command (expected EOF)")
    if body and body[-1].strip() == "EOF":
        body.pop()
    try:
        output = terminal.run(line, body)
    except Invalid as error:
        raise Fault(INVALID_COMMAND, str(error)) from None
    except Failed as error:
        raise Fault(COULD_NOT_RUN, str(error)) from None
    if as_text:
        return {"output": terminal.switch.faults.shortened(output.text)}
    if output.data is None:
        raise Fault(UNCONVERTED, "Command cannot be used over the API at this time.")
    return {"messages": [output.text.strip()]} if output.message and output.text else output.data


def _error(identity: object, code: int, message: str, data: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": identity, "error": error}
