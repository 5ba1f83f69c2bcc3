"""The lab's control channel: a Unix socket of its owner's, one JSON object a line each way."""

import asyncio
import inspect
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

log = logging.getLogger("lab")
SOCKET = "control"
LIMIT = 1 << 20

Answer = Callable[[dict[str, Any]], Any]


async def listen(where: Path, answers: dict[str, Answer]) -> asyncio.Server:
    """Answer requests ``{"do": WORD, …}`` with ``{"ok": true, "result": …}`` or ``{"ok": false, "error": …}``."""
    path = where / SOCKET
    path.unlink(missing_ok=True)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await _answer(answers, line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.LimitOverrunError):
            pass  # the asker has gone, and nobody is left to be told
        finally:
            writer.close()

    # Through the directory's descriptor: a socket's path has room for 107 characters only.
    handle = os.open(where, os.O_RDONLY | os.O_DIRECTORY)
    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(serve, f"/proc/self/fd/{handle}/{SOCKET}", limit=LIMIT)
    finally:
        os.umask(before)
        os.close(handle)


async def _answer(answers: dict[str, Answer], line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        answer = answers.get(asked.get("do"))
        if answer is None:
            return {"ok": False, "error": f"found {asked.get('do')!r}, expected one of {', '.join(sorted(answers))}"}
        result = answer(asked)
        if inspect.isawaitable(result):
            result = await result
    except Exception as error:  # whatever it is, it is the asker's to see, and the lab goes on
        log.info("control: %s", line[:200], exc_info=error)
        return {"ok": False, "error": str(error) or type(error).__name__}
    return {"ok": True, "result": result}
