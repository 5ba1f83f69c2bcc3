"""EOS's HTTPS API: ``POST /command-api`` with HTTP basic authentication, on each switch's own address."""

import base64
import binascii
import json
from collections.abc import Callable

from aiohttp import web

from lab.switch import Switch

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
        if not switch.reachable or not switch.meaning.eapi or switch.faults.hang:
            transport.abort()
            return web.Response(status=503)
        credentials = _credentials(request)
        if credentials is None or admit(switch, *credentials) is None:
            return web.Response(
                status=401,
                text="Unable to authenticate user: Bad username/password combination",
                headers={"WWW-Authenticate": 'Basic realm="COMMAND_API_AUTH"'},
            )
        try:
            body = json.loads(await request.text())
        except ValueError:
            return web.json_response(
                {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "Unable to parse request"}}
            )
        if switch.faults.command():
            transport.abort()
            return web.Response(status=503)
        answer = await switch.personality.eapi(body, credentials[0])
        if not switch.reachable:
            # The request itself cut the way: its answer never arrives.
            transport.abort()
        return web.json_response(answer)

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/command-api", command_api)
    return app


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
