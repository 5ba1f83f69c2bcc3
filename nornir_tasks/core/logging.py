"""Logging for every door: nothing unless it is asked for; to standard error or to a file, every secret masked.

logger = get_logger(__name__)               # nornir_tasks.devices.connection
start_logging(debug=True, path=None)        # what --debug does
transcript = Transcript("loppa-core-01", mask)   # what one session sends, and what comes back
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.text import visible

ROOT = "nornir_tasks"
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
SHORTEST = 4  # characters: a shorter secret would blot out half of every text
_secrets: set[str] = set()
_lock = threading.Lock()
logging.getLogger(ROOT).addHandler(logging.NullHandler())  # else Python prints warnings on standard error


class LogFileError(FellesdriftError):
    """The file for the log cannot be written: names it."""

    exit_code = 2


def get_logger(name: str) -> logging.Logger:
    """The logger of a module: give it ``__name__``."""
    return logging.getLogger(name if name.startswith(ROOT) else f"{ROOT}.{name}")


def remember_secret(secret: str) -> None:
    """Never let this be written to a log from now on."""
    if len(secret) >= SHORTEST:
        with _lock:
            _secrets.add(secret)


def mask_secrets(text: str) -> str:
    """The text without any secret that this process has remembered; the longest first, since one may hold another."""
    with _lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, "<secret>")
    return text


class _MaskingFormatter(logging.Formatter):
    """Masks the whole record, a traceback in it included, and shows control characters as figures."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(visible(line) for line in mask_secrets(super().format(record)).split("\n"))


def start_logging(*, debug: bool, path: Path | None) -> Callable[[], None]:
    """Begin to log everything; what comes back ends it.

    Args:
        debug: to standard error.
        path: to this file, appended, for its owner alone; None: to none.

    Raises:
        LogFileError: the file cannot be written.
    """
    handlers: list[logging.Handler] = []
    if debug:
        handlers.append(logging.StreamHandler(sys.stderr))
    if path is not None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            words = f"expected a file that can be written, found {path}: {error.strerror}"
            raise LogFileError(f"--log-file: {words}") from None
        handlers.append(logging.StreamHandler(os.fdopen(descriptor, "a", encoding="utf-8", errors="replace")))
    logger = logging.getLogger(ROOT)
    for handler in handlers:
        handler.setFormatter(_MaskingFormatter(FORMAT))
        logger.addHandler(handler)
    if handlers:
        logger.setLevel(logging.DEBUG)

    def stop() -> None:
        for handler in handlers:
            logger.removeHandler(handler)
        if handlers:
            logger.setLevel(logging.NOTSET)

    return stop


def start_logging_from_environment() -> None:
    """Begin to log as ``FELLESDRIFT_LOG_FILE`` and ``FELLESDRIFT_DEBUG`` say: playbooks have no options of ours."""
    path = os.environ.get("FELLESDRIFT_LOG_FILE")
    start_logging(debug=bool(os.environ.get("FELLESDRIFT_DEBUG")), path=Path(path) if path else None)


class Transcript:
    """What one session with a device sent and got back, in a logger of its own: ``nornir_tasks.device.NAME``.

    An answer is masked as a whole, when the next line is sent or the session ends: a secret may come in two pieces.
    """

    def __init__(self, name: str, mask: Callable[[str], str]) -> None:
        """Args: ``mask`` hides the secrets of a configuration in the platform's own words."""
        self._logger = logging.getLogger(f"{ROOT}.device.{name}")
        self._mask = mask
        self._answer: list[str] = []

    def note(self, text: str) -> None:
        """Log what happens to the session itself."""
        self._logger.debug("%s", text)

    def sent(self, text: str) -> None:
        """Log what goes to the device."""
        if self._logger.isEnabledFor(logging.DEBUG):
            self.flush()
            self._write("sent", text)

    def received(self, text: str) -> None:
        """Keep what came from the device, until the answer is whole."""
        if text and self._logger.isEnabledFor(logging.DEBUG):
            self._answer.append(text)

    def flush(self) -> None:
        """Log what has come since the last line was sent."""
        if self._answer:
            answer, self._answer = "".join(self._answer), []
            self._write("received", answer)

    def _write(self, direction: str, text: str) -> None:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
        try:
            masked = self._mask(lines).rstrip("\n")
        except Exception as error:  # noqa: BLE001 - what cannot be masked must not be logged, and must not end a change
            masked = f"({len(lines)} characters that could not be masked: {type(error).__name__})"
        for line in masked.split("\n"):
            self._logger.debug("%s: %s", direction, line)
