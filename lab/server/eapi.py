"""EOS's HTTPS API: ``POST /command-api`` with HTTP basic authentication, on each switch's own address."""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from lab.device import mishaps
from lab.device.switch import HangUp, Switch

Admit = Callable[[Switch, str, str], int | None]


def application(switches: dict[str, Switch], admit: Admit) -> web.Application:
    """One application for all: the address that was connected to says which switch is meant.

    Args:
        switches: by the address that they listen on.
    """

    async def command_api(request: web.Request) -> web.StreamResponse:
        transport = request.transport
        switch = switches.get(transport.get_extra_info("sockname")[0]) if transport is not None else None
        if switch is None or transport is None or switch.personality.eapi is None:
            return web.Response(status=404)
        if await _hung(switch, transport) or not switch.reachable or not switch.meaning.eapi:
            return _cut(transport)
        credentials = _credentials(request)
        if credentials is None or admit(switch, *credentials) is None:
            return web.Response(
                status=401,
                text="Unable to authenticate user: Bad username/password combination",
                headers={"WWW-Authenticate": 'Basic realm="COMMAND_API_AUTH"'},
            )
        try:
            question = json.loads(await request.text())
        except ValueError:
            return web.json_response(
                {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "Unable to parse request"}}
            )
        try:
            await mishaps.count(switch)
            answer = await switch.personality.eapi(question, credentials[0])
        except HangUp:
            await _hung(switch, transport)
            return _cut(transport)
        if await _hung(switch, transport) or not switch.reachable:
            # The request itself cut the way: its answer never arrives.
            return _cut(transport)
        body = json.dumps(answer).encode()
        return await (_flood(request, body) if switch.faults.endless else _send(request, body, switch.faults.truncate))

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/command-api", command_api)
    return app


async def _hung(switch: Switch, transport: asyncio.Transport) -> bool:
    """Whether the switch hung; as long as it does and somebody waits, nothing comes back."""
    hung = switch.faults.hang
    while switch.faults.hang and not transport.is_closing():
        await asyncio.sleep(mishaps.PAUSE)
    return hung


def _cut(transport: asyncio.Transport) -> web.Response:
    """Cut the connection: the response is for form's sake, and never arrives."""
    transport.abort()
    return web.Response(status=503)


async def _send(request: web.Request, body: bytes, limit: int | None) -> web.StreamResponse:
    """Send an answer; with a limit, announce the whole and let the line die after a part of it."""
    if limit is None or len(body) <= limit:
        return web.Response(body=body, content_type="application/json")
    torn = web.StreamResponse(headers={"Content-Type": "application/json"})
    torn.content_length = len(body)
    await torn.prepare(request)
    await torn.write(body[:limit])
    if request.transport is not None:
        request.transport.close()
    return torn


async def _flood(request: web.Request, body: bytes) -> web.StreamResponse:
    """Send an answer again and again, in parts of no announced length, as fast as it is read."""
    endless = web.StreamResponse(headers={"Content-Type": "application/json"})
    endless.enable_chunked_encoding()
    await endless.prepare(request)
    with suppress(ConnectionError):
        while request.transport is not None and not request.transport.is_closing():
            await endless.write(body * (1 + 32768 // len(body)))
            await asyncio.sleep(0)  # a write does not wait while there is room, and nobody else would have a turn
    return endless


def _credentials(request: web.Request) -> tuple[str, str] | None:
    """User and password of HTTP basic authentication."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None
