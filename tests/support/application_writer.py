"""A user who writes to the case journal and never stops: one record after the other, each until it is accepted.

    python application_writer.py NAME CA ADDRESSES LOG STOP

``ADDRESSES`` is a file with where the name leads, the first to be tried first, read anew for each request; ``LOG`` gets
a line a record; the file ``STOP`` ends it, once the record in hand is accepted.
"""

import http.client
import json
import socket
import ssl
import sys
import time
from pathlib import Path

PAUSE = 0.02  # seconds between two tries


def ask(context: ssl.SSLContext, name: str, address: str, request: tuple[str, str, str | None, dict[str, str]]) -> int:
    """The status of an answer; 0: there was none."""
    connection = http.client.HTTPSConnection(name, 443, timeout=10)
    try:
        plain = socket.create_connection((address, 443), 3)
        connection.sock = context.wrap_socket(plain, server_hostname=name)
        connection.request(request[0], request[1], request[2], request[3])
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def main() -> None:
    """Write and read until told to stop."""
    name, ca, addresses, log, stop = sys.argv[1:]
    context = ssl.create_default_context(cafile=ca)
    number = 0
    with Path(log).open("w", buffering=1) as out:
        while not Path(stop).exists():
            number += 1
            key, began, tries = f"writer-{number}", time.monotonic(), 0
            body = json.dumps({"case": f"2026/{number % 7}", "text": "x" * (number % 50), "attachment": key})
            unread = 0.0
            while True:
                tries += 1
                address = Path(addresses).read_text().split()[0]
                status = ask(context, name, address, ("POST", "/records", body, {"Idempotency-Key": key}))
                if status in (200, 201):
                    break
                asked = time.monotonic()
                if ask(context, name, address, ("GET", "/records?limit=1", None, {})) != 200:
                    unread += time.monotonic() - asked + PAUSE
                time.sleep(PAUSE)
            waited = time.monotonic() - began
            out.write(
                json.dumps({"key": key, "status": status, "tries": tries, "waited": waited, "unread": unread}) + "\n"
            )


if __name__ == "__main__":
    main()
