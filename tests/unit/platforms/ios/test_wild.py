"""What IOS switches of the wild show, that the lab's own do not: read as the device means it."""

import pytest

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.ios.session import read_port_states
from nornir_tasks.platforms.ios.text import clean, restore_certificates
from nornir_tasks.platforms.ios.transfer import ETX, TYPED_DELIMITERS, delimit_banners

STATUS = """
Port      Name               Status       Vlan       Duplex  Speed Type
Gi1/0/1   disabled toalett   connected    20         a-full a-1000 10/100/1000BaseTX
Gi1/0/2   connected rom 12   notconnect   20           auto   auto 10/100/1000BaseTX
Gi1/0/3                      err-disabled 1            auto   auto 10/100/1000BaseTX
Gi1/0/4   connected 20 full  disabled     unassigned   auto   auto 10/100/1000BaseTX
Te1/1/1   uplink             connected    trunk        full    10G SFP-10GBase-LR
Te1/1/2                      inactive     routed       full    10G Not Present
Po1       both of them       connected    trunk      a-full a-1000
"""
CERTIFICATE = """crypto pki certificate chain TP-self-signed-100
 certificate self-signed 01
  3082022B 30820194 A0030201 02020101
  \tquit
crypto pki certificate chain OTHER
 certificate ca 01
  3082022B 30820194 A0030201 99999999
  \tquit
ip http secure-server
end
"""


def test_a_status_is_read_from_its_column() -> None:
    """Never from what people wrote beside it."""
    assert read_port_states(STATUS) == {
        "Gi1/0/1": "connected",
        "Gi1/0/2": "notconnect",
        "Gi1/0/3": "err-disabled",
        "Gi1/0/4": "disabled",
        "Te1/1/1": "connected",
        "Te1/1/2": "inactive",
    }


def test_startup_names_a_certificate_that_running_shows() -> None:
    """Then both are the same; a certificate of another chain, or another number, is not taken for it."""
    running = clean(CERTIFICATE)
    head = "crypto pki certificate chain TP-self-signed-100\n"
    startup = clean(
        CERTIFICATE.replace("01\n  3082022B 30820194 A0030201 02020101\n  \tquit", "01 nvram:Self#1.cer", 1)
    )
    assert "02020101" not in startup
    assert restore_certificates(startup, running) == running
    other = startup.replace("self-signed 01", "self-signed 02")
    assert restore_certificates(other, running) == other
    assert restore_certificates(startup, running.replace(head, "crypto pki certificate chain X\n")) == startup


def test_a_banner_goes_into_flash_as_the_switch_reads_it() -> None:
    """Between single characters, which are not in it; the switch shows each of them as ^C."""
    text = "hostname x\nbanner login ^CHei # du^C\nbanner motd ^C\nto\nlinjer ^ her\n^C\nend\n"
    assert delimit_banners(text, ETX) == text.replace("^C", "\x03")
    assert delimit_banners(text, TYPED_DELIMITERS) == (
        "hostname x\nbanner login ~Hei # du~\nbanner motd #\nto\nlinjer ^ her\n#\nend\n"
    )
    with pytest.raises(PlatformError, match=r"banner login: expected a text without one of #~%@\|, found"):
        delimit_banners(f"banner login ^C{TYPED_DELIMITERS}^C\n", TYPED_DELIMITERS)
