"""The lock-out proof's part about logins: a service open to the centre, and an account with full rights. Pure."""

from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.reachability.proof_base import Proof


class LoginProof(Proof):
    """Services and accounts."""

    def find_reasons(self) -> Iterator[Verdict]:
        """A failed verdict for each service and account by which nobody could log in."""
        yield from self._check_services()
        yield from self._check_account()

    def _check_services(self) -> Iterator[Verdict]:
        for service in self.actual.services:
            if service.port in self.find_open_ports():
                packets = [packet for packet in self.make_requests((self.device,)) if packet.port == service.port]
                yield from self.find_stopped(service.filters, packets, f"by {service.name} of {self.device.name}")
            elif service.closed_by and service.is_needed:
                yield self.fail(f"{service.name} open on {self.device.name}", service.closed_by)

    def _check_account(self) -> Iterator[Verdict]:
        name, actual = self.required.account, self.actual
        if name not in actual.accounts:
            account_names = ", ".join(actual.accounts) or "none"
            yield self.fail(f"the local account {name!r} on {self.device.name}", f"accounts {account_names}")
        elif twins := [other for other in actual.accounts if other != name and other.lower() == name.lower()]:
            # Some switches look for an account whatever its letters' case is.
            yield self.fail(f"one account {name!r} on {self.device.name}", f"accounts {name}, {', '.join(twins)}")
        elif missing_right := actual.accounts[name]:
            yield self.fail(f"the local account {name!r} of {self.device.name} with full rights", missing_right)
        if actual.no_local_login:
            yield self.fail(
                f"{self.device.name} to ask its own accounts when no central server answers", actual.no_local_login
            )
