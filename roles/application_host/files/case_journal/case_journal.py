#!/usr/bin/python3
"""A case journal: records that are written once, read by all, and kept in PostgreSQL; attachments are files.

POST /records      {"case": "2026/17", "text": "…", "attachment": "…"}; header Idempotency-Key: the same key again
                   gives the record that it made before, and writes nothing
GET  /records      the newest first; ?after=ID&limit=N in the order in which they were written
GET  /records/ID   one of them; /records/ID/attachment its file
GET  /health       200 if the database answers, else 503
"""

import http.server
import json
import os
import re
import signal
import socket
import socketserver
import sys
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2

SCHEMA = """
CREATE TABLE IF NOT EXISTS cases (
  name text PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS records (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE,
  "case" text NOT NULL REFERENCES cases,
  text text NOT NULL,
  written timestamptz NOT NULL DEFAULT now()
);
"""
COLUMNS = 'id, key, "case", text, written::text'
LARGEST = 1 << 20  # bytes of a request
DONE = []  # that the tables are there
LISTED = 1000  # records in an answer


class BadRequest(Exception):
    """What was sent is not a record; the text says what was expected."""


def connect():
    """A session of the application's database; the password is in the file that systemd hands over.

    libpq would not read that file itself: in a container systemd gives its group the right to read it.
    """
    line = (Path(os.environ["CREDENTIALS_DIRECTORY"]) / "pgpass").read_text().splitlines()[-1]
    password = re.sub(r"\\(.)", r"\1", line.split(":", 4)[4])
    return psycopg2.connect(os.environ["DATABASE"], password=password)


def prepare():
    """Make the tables once, if they are not there and may be made: at the start, or when the database is there."""
    if DONE:
        return
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        if cursor.fetchone()[0] == "off":
            cursor.execute(SCHEMA)
            DONE.append(True)


def make_record(row):
    """A record as it is sent."""
    return dict(zip(("id", "key", "case", "text", "written"), row, strict=True))


def write_record(key, body):
    """Write a record once. Returns it, and whether it is new."""
    if not re.fullmatch(r"[\w.:-]{1,100}", key or ""):
        raise BadRequest("Idempotency-Key: expected 1 to 100 letters, digits, dots, colons or hyphens")
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in ("case", "text")):
        raise BadRequest("expected a JSON object with the texts case and text")
    attachment = body.get("attachment")
    if attachment is not None:
        if not isinstance(attachment, str):
            raise BadRequest("attachment: expected a text")
        store_attachment(key, attachment)
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO cases VALUES (%s) ON CONFLICT DO NOTHING", (body["case"],))
        cursor.execute(
            f'INSERT INTO records (key, "case", text) VALUES (%s, %s, %s) ON CONFLICT (key) DO NOTHING'
            f" RETURNING {COLUMNS}",
            (key, body["case"], body["text"]),
        )
        row = cursor.fetchone()
        if row is not None:
            return make_record(row), True
        cursor.execute(f"SELECT {COLUMNS} FROM records WHERE key = %s", (key,))
        return make_record(cursor.fetchone()), False


def find_attachment(key):
    """The file of a record's attachment."""
    return Path(os.environ["STATE_DIRECTORY"]) / "attachments" / key.replace(":", "_")


def store_attachment(key, text):
    """Write an attachment, whole; the first one of a key stays."""
    path = find_attachment(key)
    path.parent.mkdir(mode=0o750, exist_ok=True)
    if path.exists():
        return
    scratch = path.with_name(f".{path.name}.{os.getpid()}-{id(text)}")
    scratch.write_text(text)
    with scratch.open("rb") as file:
        os.fsync(file.fileno())
    scratch.rename(path)


class Handler(http.server.BaseHTTPRequestHandler):
    """The requests that nginx hands on."""

    server_version = "case-journal"
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Read."""
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        self.guard(lambda: self.read(url.path, query))

    def read(self, path, query):
        """The answer to a question. Shape: status and record."""
        match = re.fullmatch(r"/records/(\d{1,18})(/attachment)?", path)
        with closing(connect()) as connection, connection.cursor() as cursor:
            if path == "/health":
                cursor.execute("SHOW transaction_read_only")
                return 200, {"database": "answers", "writable": cursor.fetchone()[0] == "off"}
            if path == "/records":
                try:
                    after, limit = int(query.get("after", -1)), min(int(query.get("limit", 50)), LISTED)
                except ValueError:
                    raise BadRequest("after and limit: expected numbers") from None
                order = "DESC" if after < 0 else "ASC"
                cursor.execute(
                    f"SELECT {COLUMNS} FROM records WHERE id > %s ORDER BY id {order} LIMIT %s", (after, max(limit, 0))
                )
                return 200, {"records": [make_record(row) for row in cursor.fetchall()]}
            if match:
                cursor.execute(f"SELECT {COLUMNS} FROM records WHERE id = %s", (match[1],))
                row = cursor.fetchone()
                if row is not None and not match[2]:
                    return 200, make_record(row)
                if row is not None and find_attachment(row[1]).is_file():
                    return 200, {"attachment": find_attachment(row[1]).read_text()}
        return 404, {"error": "there is no such record"}

    def do_POST(self):
        """Write."""
        self.guard(self.write)

    def write(self):
        """The answer to a record that is sent. Shape: status and record."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST:
            self.close_connection = True
            raise BadRequest(f"Content-Length: expected up to {LARGEST} bytes")
        text = self.rfile.read(int(length))
        if self.path != "/records":
            return 404, {"error": "expected /records"}
        try:
            body = json.loads(text)
        except ValueError:
            raise BadRequest("expected JSON") from None
        record, is_new = write_record(self.headers.get("Idempotency-Key"), body)
        return (201 if is_new else 200), record

    def guard(self, answer):
        """Send an answer, whatever happens: what is sent wrongly is 400, and a database that refuses is 503."""
        try:
            prepare()
            status, record = answer()
        except BadRequest as error:
            status, record = 400, {"error": str(error)}
        except (psycopg2.Error, OSError) as error:
            self.log_error("%s %s: %s", self.command, self.path, " ".join(str(error).split()))
            status, record = 503, {"error": "the database does not take this now; send it again with the same key"}
        body = json.dumps(record).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 503:
            self.send_header("Retry-After", "5")
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_words):
        """nginx has the log of requests."""

    def address_string(self):
        """A socket of this host has no address."""
        return "nginx"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves at the socket that systemd hands over."""

    daemon_threads = False  # requests are answered before the process ends
    request_queue_size = 128


def main():
    """Serve until systemd ends it; what was asked before is answered."""
    try:
        prepare()
    except psycopg2.Error as error:  # it says so at /health until the database is there
        sys.stderr.write(f"the database: {' '.join(str(error).split())}\n")
    server = Server("", Handler, bind_and_activate=False)
    server.socket = socket.socket(fileno=3)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
