"""Logging for every door: nothing unless it is asked for; to standard error or to a file, every secret masked.

logger = get_logger(__name__)               # nornir_tasks.devices.connection
start_logging(debug=True, path=None)        # what --debug does
transcript = Transcript("loppa-core-01", mask)   # what one session sends, and what comes back
"""

import logging
import os
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.secrets import SHORTEST, mask_secrets, remember_stored
from nornir_tasks.core.text import escape_invisible

ROOT = "nornir_tasks"
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
logging.getLogger(ROOT).addHandler(logging.NullHandler())  # else Python prints warnings on standard error


class LogFileError(UsageError):
    """The file for the log cannot be written: names it."""


def get_logger(name: str) -> logging.Logger:
    """The logger of a module: give it ``__name__``."""
    return logging.getLogger(name if name.startswith(ROOT) else f"{ROOT}.{name}")


class _MaskingFormatter(logging.Formatter):
    """Masks the whole record, a traceback in it included, and shows control characters as figures."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(escape_invisible(line) for line in mask_secrets(super().format(record)).split("\n"))


class _Handler(logging.StreamHandler):
    """Ends when it cannot write (a full disk, a closed pipe): what is being logged about goes on."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say so once. Python's own would print the record's arguments, with every secret in them."""
        logging.getLogger(ROOT).removeHandler(self)
        with suppress(OSError):
            sys.stderr.write(f"fellesdrift: the log ends here, it cannot be written: {sys.exc_info()[1]}\n")


def start_logging(*, debug: bool, path: Path | None, option: str = "--log-file") -> Callable[[], None]:
    """Begin to log everything. Returns the function that ends it.

    Args:
        debug: to standard error.
        path: to this file, appended, for its owner alone; None: to none.
        option: what named the file, for an error.

    Raises:
        LogFileError: the file cannot be written.
    """
    handlers: list[logging.Handler] = []
    if debug:
        handlers.append(_Handler(sys.stderr))
    if path is not None:
        try:
            # Not blocking: a pipe that is not read would be waited for without end.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.fchmod(descriptor, 0o600)  # it may have been there before
        except OSError as error:
            raise LogFileError(
                f"{option}: expected a file that can be written, found {path}: {error.strerror}"
            ) from None
        handlers.append(_Handler(os.fdopen(descriptor, "a", encoding="utf-8", errors="replace")))
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


def start_logging_from_environment() -> Callable[[], None]:
    """Begin to log, once, as ``FELLESDRIFT_LOG_FILE`` and ``FELLESDRIFT_DEBUG`` say. Returns the function that ends it.

    For playbooks, which have no options of ours.

    Raises:
        LogFileError: the file cannot be written.
    """
    if logging.getLogger(ROOT).isEnabledFor(logging.DEBUG):
        return start_logging(debug=False, path=None)
    path = os.environ.get("FELLESDRIFT_LOG_FILE")
    debug = bool(os.environ.get("FELLESDRIFT_DEBUG"))
    return start_logging(debug=debug, path=Path(path) if path else None, option="FELLESDRIFT_LOG_FILE")


class Transcript:
    """What one session with a device sent and got back, in a logger of its own: ``nornir_tasks.device.NAME``.

    An answer is masked as a whole, when the next line is sent or the session ends: a secret may come in two pieces. A
    secret that was found once is masked wherever it comes again: a device echoes a line behind its prompt, where the
    platform's masking does not know it.
    """

    def __init__(self, name: str, mask: Callable[[str], tuple[str, Mapping[str, str]]]) -> None:
        """Args: ``mask`` gives a configuration's masked text, in the platform's own words, and its secrets."""
        self._logger = logging.getLogger(f"{ROOT}.device.{name}")
        self._mask = mask
        self._answer: list[str] = []
        self._learned: set[str] = set()

    def note(self, text: str) -> None:
        """Log what happens to the session itself."""
        self._logger.debug("%s", text)

    def log_sent(self, text: str) -> None:
        """Log what goes to the device."""
        if self._logger.isEnabledFor(logging.DEBUG):
            self.flush()
            self._write("sent", text)

    def log_received(self, text: str) -> None:
        """Keep what came from the device, until the answer is whole."""
        if text and self._logger.isEnabledFor(logging.DEBUG):
            self._answer.append(text)

    def flush(self) -> None:
        """Log what has come since the last line was sent."""
        if self._answer:
            answer, self._answer = "".join(self._answer), []
            self._write("received", answer)

    def mask(self, text: str) -> str:
        """A text of the session, masked; its secrets are remembered."""
        try:
            masked, secrets = self._mask(text)
            remember_stored(secrets.values())
            # Of "9 $9$…" the hash alone, too. Here any word counts: nobody approves by reading a log.
            self._learned |= {word for secret in secrets.values() for word in (secret, secret.split()[-1])}
            for word in sorted(self._learned, key=len, reverse=True):
                masked = masked.replace(word, "<secret>") if len(word) >= SHORTEST else masked
        except Exception as error:  # noqa: BLE001 - what cannot be masked must not be logged, and must not end a change
            masked = f"({len(text)} characters that could not be masked: {type(error).__name__})"
        return masked.rstrip("\n")

    def _write(self, direction: str, text: str) -> None:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
        for line in self.mask(lines).split("\n"):
            self._logger.debug("%s: %s", direction, line)
