"""How alerts reach people: through Alertmanager's API, or by mail."""

import json
import smtplib
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPException
from typing import Protocol
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from nornir_tasks.core.errors import FellesdriftError, UsageError
from nornir_tasks.core.language import translate
from nornir_tasks.core.secrets import mask_secrets
from nornir_tasks.health.service.alerts import Alert

SECONDS = 10  # for a server that takes a connection and says nothing
ALERTS = "/api/v2/alerts"


class DeliveryError(FellesdriftError):
    """Nobody took the alerts: names whom they were for, and what each of them said."""


class Delivery(Protocol):
    """A way to tell alerts."""

    def deliver(self, alerts: Sequence[Alert]) -> None:
        """Tell them all.

        Raises:
            DeliveryError: nobody took them; they are to be told again.
        """


@dataclass
class Alertmanagers:
    """One, or several that know each other: each is told everything, and together they tell it once.

    Args:
        urls: such as ``http://127.0.0.1:9093``.
    """

    urls: Sequence[str]

    def __post_init__(self) -> None:
        for url in self.urls:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise UsageError(
                    translate("--alertmanager: expected a URL such as http://127.0.0.1:9093, found {url}", url=url)
                )
            if parts.username or parts.password:
                raise UsageError(
                    translate("--alertmanager: found an account in the URL, expected none: command lines are seen")
                )

    def deliver(self, alerts: Sequence[Alert]) -> None:
        """Tell each of them; one that is down is told by the others.

        Raises:
            DeliveryError: not one of them took the alerts.
        """
        body = json.dumps([_write(alert) for alert in alerts]).encode()
        refusals = [words for url in self.urls if (words := _post(url.rstrip("/") + ALERTS, body))]
        if len(refusals) == len(self.urls):
            raise DeliveryError(translate("no Alertmanager took the alerts: {words}", words="; ".join(refusals)))


@dataclass
class Mail:
    """Mail for what began and for what is over, once each.

    Args:
        server: host, or host:port; 25 is the default.
        sender: the address it comes from.
        receivers: whom it goes to.
    """

    server: str
    sender: str
    receivers: Sequence[str]
    _told: dict[tuple[tuple[str, str], ...], datetime] = field(default_factory=dict)

    def deliver(self, alerts: Sequence[Alert]) -> None:
        """Send a mail for each alert that has not been told yet, and for each that is over.

        Raises:
            DeliveryError: the server took none, or not all of them; the others are told again.
        """
        due = [alert for alert in alerts if alert.is_over == (alert.key in self._told)]
        if not due:
            return
        try:
            with smtplib.SMTP(self.server, timeout=SECONDS) as session:
                session.ehlo()
                if session.has_extn("starttls"):
                    session.starttls(context=ssl.create_default_context())
                for alert in due:
                    session.send_message(self._write(alert))
                    self._note(alert)
        except (OSError, smtplib.SMTPException) as error:
            words = translate("{server} did not take the mail: {error}", server=self.server, error=str(error))
            raise DeliveryError(mask_secrets(words)) from error

    def _note(self, alert: Alert) -> None:
        if alert.is_over:
            del self._told[alert.key]
        else:
            self._told[alert.key] = alert.began

    def _write(self, alert: Alert) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = ", ".join(self.receivers)
        first = " ".join(alert.summary.split())
        message["Subject"] = translate("over: {text}", text=first) if alert.is_over else first
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office note comes back
        lines = [
            alert.summary,
            "",
            alert.runbook,
            translate("since {moment}", moment=f"{alert.began:%Y-%m-%d %H:%M} UTC"),
        ]
        message.set_content("\n".join(lines))
        return message


def deliver_all(ways: Iterable[Delivery], alerts: Sequence[Alert]) -> list[str]:
    """Tell alerts every way there is; returns what each failed way said.

    Args:
        ways: each is tried, whatever the others do.
        alerts: as ``AlertBook.update`` gives them.
    """
    failures = []
    for way in ways:
        try:
            way.deliver(alerts)
        except DeliveryError as error:
            failures.append(str(error))
    return failures


def _write(alert: Alert) -> dict[str, object]:
    """As the API has it (version 2, ``postableAlert``)."""
    return {
        "labels": dict(alert.labels),
        "annotations": {"summary": alert.summary, "runbook_url": alert.runbook},
        "startsAt": alert.began.isoformat(),
        "endsAt": alert.ends.isoformat(),
    }


def _post(url: str, body: bytes) -> str:
    """What went wrong; empty where it was taken."""
    request = Request(url, body, {"Content-Type": "application/json"}, method="POST")
    try:
        with urlopen(request, timeout=SECONDS):
            return ""
    except (URLError, HTTPException, OSError) as error:
        return f"{urlsplit(url).netloc}: {error}"
