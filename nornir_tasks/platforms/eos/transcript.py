"""The transcript of a session over eAPI: the commands of each request, and the text or the JSON of each answer."""

import json
from typing import Any

from pyeapi.eapilib import EapiConnection

from nornir_tasks.core.logging import Transcript


def record_requests(connection: EapiConnection, transcript: Transcript) -> None:
    """Make an open eAPI connection write its transcript from now on."""
    send = connection.send

    def send_and_record(request: str | bytes) -> Any:
        for command in json.loads(request)["params"]["cmds"]:
            transcript.log_sent(command["cmd"] if isinstance(command, dict) else command)
        try:
            response = send(request)
        except Exception as error:
            transcript.note(f"{type(error).__name__}: no answer")
            raise
        for result in response.get("result", ()):
            transcript.log_received(result["output"] if set(result) == {"output"} else json.dumps(result, indent=1))
            transcript.flush()
        return response

    connection.send = send_and_record
