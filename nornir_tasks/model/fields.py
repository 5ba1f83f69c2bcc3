"""The kinds of values that records of the inventory are made of."""

from datetime import date, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Dated = TypeVar("Dated", bound=date)
YEARS = range(2000, 2101)  # that a day of the inventory, or one that is asked for, may be in


def _reject_number(value: Any) -> Any:
    """An address is written out: Python would take the number 7 for 0.0.0.7."""
    if isinstance(value, int | float):
        raise ValueError("an address in full")
    return value


def _reject_bool(value: Any) -> Any:
    """A number is written in figures: Python would take ``yes`` for 1."""
    if isinstance(value, bool):
        raise ValueError("a whole number")
    return value


def _reject_other_century(value: Dated) -> Dated:
    """A day of these times: Python would take the number 7 for one of 1970, and cannot count on from the year 9999."""
    if value.year not in YEARS:
        raise ValueError("a day of this century")
    return value


_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_DOTTED = rf"{_OCTET}(\.{_OCTET}){{3}}"
RANGE_PATTERN = rf"^{_DOTTED}-{_DOTTED}$"
FIGURES = BeforeValidator(_reject_bool)
Gbps = Annotated[int, Field(ge=1, le=800), FIGURES]
Address = Annotated[IPv4Address, BeforeValidator(_reject_number)]
Network = Annotated[IPv4Network, BeforeValidator(_reject_number)]
AddressRange = Annotated[str, Field(pattern=RANGE_PATTERN)]
Interface = Annotated[IPv4Interface, BeforeValidator(_reject_number)]
Text = Annotated[str, Field(min_length=1, pattern=r"^.*$")]  # on one line: it may become one of a configuration
Vlan = Annotated[int, Field(ge=1, le=4094), FIGURES]
LoginName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
PUBLIC_KEY_PATTERN = r"^(sk-)?ssh-ed25519(@openssh\.com)? [A-Za-z0-9+/]+={0,2}( \S.*)?$"
PublicKey = Annotated[str, Field(pattern=PUBLIC_KEY_PATTERN)]  # without options; a comment may follow
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
Domain = Annotated[
    str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$")
]  # of DNS; what is called something in it stands before it
Clock = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)  # as Python numbers them
Day = Annotated[date, AfterValidator(_reject_other_century)]
Moment = Annotated[datetime, AfterValidator(_reject_other_century)]  # local time of the region where it names no zone
PHONE_PATTERN = r"^\+?\d( ?\d){2,19}$"
Phone = Annotated[str, Field(pattern=PHONE_PATTERN)]


class Frozen(BaseModel):
    """Read-only, and a key that is not declared is an error (it is usually a typing error)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
