"""A password that a command of the municipality knows."""

import pytest

from nornir_tasks.devices.credentials import Credentials, CredentialsError
from nornir_tasks.model import Position, Region
from tests.support import small_region as small

DEVICE = "loppa-acc-01"


def with_command(*command: str) -> Region:
    """The small region with a command that knows the passwords."""
    region = small.region()
    standard = small.STANDARD.model_copy(update={"credentials_command": command})
    devices = {name: one.model_copy(update={"standard": standard}) for name, one in region.devices.items()}
    return region.model_copy(update={"devices": devices})


def test_a_command_is_asked_with_municipality_and_account() -> None:
    """What it prints is the password."""
    region = with_command("/bin/echo", "for")
    found = Credentials(region, {}).account(region.devices[DEVICE], Position())
    assert found.password == "for loppa kommune"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ((), "expected FELLESDRIFT_LEGACY_PASSWORD in the environment, credentials_vault, or credentials_command"),
        (("/bin/false",), "credentials_command /bin/false ended with 1"),
        (("/usr/bin/yes",), "credentials_command /usr/bin/yes: found more than 64 kB of output, expected a password"),
        (("/nowhere",), "credentials_command /nowhere: found No such file or directory, expected a password"),
        (("/bin/true",), "credentials_command /bin/true ended with 0, expected a password"),
    ],
)
def test_no_password(command: tuple[str, ...], words: str) -> None:
    """Account, municipality and what was tried are named."""
    region = with_command(*command)
    with pytest.raises(CredentialsError, match="account 'kommune' of loppa") as refused:
        Credentials(region, {}).account(region.devices[DEVICE], Position())
    assert words in str(refused.value)
