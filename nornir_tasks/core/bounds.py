"""How much is read of what others send or leave: a device's answer, a program's output, a file. Beyond it, an error.

The bounds are far above what is normal (the running configuration of a large switch is 1 MB), and far below what
harms this machine.
"""

import errno
import os
import selectors
import signal
import stat
import subprocess
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

MB = 1024 * 1024
ANSWER_BYTES = 8 * MB  # of a device, to one command or request
ANSWER_SECONDS = 180.0  # from the first byte of an answer to its last
LOGIN_BYTES = MB  # of a device, until its login stands: key exchange, banner, first prompt
FILE_BYTES = 64 * MB  # a file of the inventory, a backup, a signature
PLAN_BYTES = 512 * MB  # of the whole region: a plan holds each switch's configuration twice
OUTPUT_BYTES = 256 * MB  # of a program that the tools start
OUTPUT_SECONDS = 600.0
CHUNK = 64 * 1024


class AnswerTooLong(OSError):
    """A device, or a program, sends more than the bound, or for too long; nothing more of it is read."""


def format_bytes(count: int) -> str:
    """``8 MB``, or ``64 kB``."""
    return f"{count // MB} MB" if count >= MB else f"{count // 1024} kB"


def read_file(path: Path, limit: int = FILE_BYTES) -> bytes:
    """The whole content of a regular file. A pipe or a device, which may never end, is not waited for.

    Raises:
        OSError: it cannot be read, is no regular file, or is larger than the bound; ``strerror`` says which.
    """
    if "\0" in str(path):  # Python's own error is none of the system's
        raise OSError(errno.EINVAL, "a name with a NUL in it", str(path))
    # Not blocking: a pipe without a writer would be waited for without end.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        content = bytearray()
        while part := file.read(MB):  # not at once: memory for the whole bound would be taken before anything is read
            content += part
            if len(content) > limit:
                raise OSError(errno.EFBIG, f"larger than {format_bytes(limit)}", str(path))
    return bytes(content)


def read_text(path: Path, limit: int = FILE_BYTES) -> str:
    """A file's text, in UTF-8.

    Raises:
        OSError: as ``read_file``.
        UnicodeDecodeError: it is no text.
    """
    return read_file(path, limit).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def decompress(content: bytes, limit: int = FILE_BYTES) -> bytes:
    """What gzip packed. A small file may hold any amount: no more than the bound is unpacked.

    Raises:
        OSError: it is more than the bound, is cut off, or was not packed by gzip; ``strerror`` says which.
    """
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(content, limit + 1)
    except zlib.error:
        raise OSError(errno.EINVAL, "not packed by gzip") from None
    if len(unpacked) > limit:
        raise OSError(errno.EFBIG, f"larger than {format_bytes(limit)} when it is unpacked")
    if not unpacker.eof:
        raise OSError(errno.EINVAL, "cut off")
    return unpacked


def run_program(
    command: Sequence[str | Path],
    *,
    text: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    limit: int = OUTPUT_BYTES,
    seconds: float = OUTPUT_SECONDS,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, and collect what it writes to standard output and to standard error.

    Args:
        text: given to it as standard input; None: that is empty.
        limit: bytes, of both outputs together.
        seconds: until it must have ended.

    Raises:
        AnswerTooLong: it wrote more than that, or did not end in time; it was killed. ``strerror`` says which.
        OSError: it could not be started.
    """
    name = os.fspath(command[0])
    deadline = time.monotonic() + seconds
    outputs: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
    count = 0
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=env,
        bufsize=0,
    ) as process:
        try:
            if text is not None:
                threading.Thread(target=_feed, args=(process, text.encode()), daemon=True).start()
            with selectors.DefaultSelector() as selector:
                for key, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
                    if stream is not None:
                        selector.register(stream, selectors.EVENT_READ, key)
                while selector.get_map():
                    for event, _ in selector.select(max(0.0, deadline - time.monotonic())):
                        if part := os.read(event.fd, CHUNK):
                            outputs[event.data].append(part)
                            count += len(part)
                        else:
                            selector.unregister(event.fileobj)
                    if count > limit:
                        raise AnswerTooLong(errno.EFBIG, f"more than {format_bytes(limit)} of output", name)
                    if time.monotonic() > deadline:
                        raise AnswerTooLong(errno.ETIMEDOUT, f"no end within {seconds:g} s", name)
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise AnswerTooLong(errno.ETIMEDOUT, f"no end within {seconds:g} s", name) from None
        except BaseException:
            # As subprocess.run: an interrupt ends the program, too.
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(
        command, process.returncode, b"".join(outputs["stdout"]), b"".join(outputs["stderr"])
    )


def _feed(process: subprocess.Popen[bytes], content: bytes) -> None:
    """Write a program's standard input; it may end before it has read all of it."""
    if process.stdin is not None:
        with suppress(OSError, ValueError), process.stdin as stream:
            view = memoryview(content)
            while view:
                view = view[stream.write(view) :]
