"""No secret stays readable in a masked configuration, in whatever form it stands; and what is none is left to read.

The forms are those that the vendors' references and public collections of configurations have; the secret is the same
in all of them, and so is easily looked for.
"""

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Platform

S = "Hemmelig77"
HASH = "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfco"
HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"

IOS = f"""
username drift privilege 15 secret 9 {HASH}
username drift secret 5 $1$abcd$0123456789abcdefghijkl
username drift secret 0 {S}
username drift secret {S}
username drift password 7 {S}
username drift password 0 {S} to ord
username drift privilege 15 password {S}
username drift view VAKT secret 8 $8$dsYGNam3K1SIJO$7nv/35M/qr6t.dVc7UY9zrJDWRVqncHub1PE9UlMQFs
username drift common-criteria-policy P password 0 {S}
enable secret {S}
enable secret 9 {HASH}
ntp authentication-key 4 cmac-aes-128 {S}
R1(config-line)#password {S}
R1(config-line)# password 7 {S}
SW1(config)#enable secret {S}
SW1(config)#snmp-server community {S} RO
snmp-agent community read {S}
enable secret level 5 5 {S}
enable password {S}
enable password level 7 7 {S}
enable password 7 {S}
enable algorithm-type scrypt secret {S}
snmp-server community {S}
snmp-server community {S} RO
snmp-server community {S} view ALT RW 10
snmp-server community {S} ipv6 LISTE RO
snmp-server host 10.0.0.5 {S}
snmp-server host 10.0.0.5 version 2c {S}
snmp-server host 10.0.0.5 informs version 2c {S}
snmp-server host 10.0.0.5 traps {S}
snmp-server host 10.0.0.5 vrf Mgmt-vrf version 2c {S}
snmp-server host 10.0.0.5 traps vrf Mgmt-vrf version 1 {S}
snmp-server host 10.0.0.5 version 2c {S}  udp-port 1162
snmp-server host 10.0.0.5 {S}  envmon config
snmp-server host 10.0.0.5 trap version 2c {S}
snmp-server host 10.0.0.5 inform {S}
snmp-server user nms GRP v3 auth sha {S}
snmp-server user nms GRP v3 auth sha {S} priv aes 128 {S}
snmp-server user nms GRP v3 encrypted auth md5 {S} priv des {S}
snmp-server user nms GRP remote 10.0.0.1 v3 auth sha {S} priv 3des {S} access 10
ntp authentication-key 1 md5 {S} 7
ntp authentication-key 1 md5 {S}
ntp authentication-key 2 hmac-sha2-256 {S} 7
ip ftp password 7 {S}
ip ftp password {S}
ip http client password 7 {S}
ip http client proxy-server p password {S}
 path ftp://bruker:{S}@10.0.0.5/$h
 path scp://bruker:{S}@10.0.0.5/$h
boot network tftp://b:{S}@10.0.0.5/x
 neighbor 10.0.0.1 password 7 {S}
 neighbor 10.0.0.1 password {S}
 neighbor PEERS password 5 {S}
 standby 1 authentication {S}
 standby 1 authentication text {S}
 standby 1 authentication md5 key-string {S}
 standby 1 authentication md5 key-string 7 {S} timeout 30
 vrrp 1 authentication {S}
 vrrp 1 authentication text {S}
 glbp 1 authentication text {S}
 glbp 1 authentication md5 key-string {S}
mab request format attribute 2 7 {S}
mab request format attribute 2 {S}
 security wpa akm psk set-key ascii 0 {S}
 security wpa psk set-key ascii 0 {S}
 wpa-psk ascii 0 {S}
 wpa-psk hex 7 {S}
crypto isakmp key {S} address 10.0.0.1
crypto isakmp key 6 {S} address 10.0.0.1
crypto isakmp key 0 {S} hostname x
  pre-shared-key address 0.0.0.0 0.0.0.0 key {S}
  pre-shared-key {S}
  pre-shared-key local {S}
  pre-shared-key remote 6 {S}
 secret 5 {S}
 secret {S}
 password {S}
 password 7 {S}
 password {S} to ord
tacacs-server key {S}
tacacs-server key 7 {S}
tacacs-server host 10.0.0.9 key {S}
tacacs-server host 10.0.0.9 timeout 3 key 7 {S}
radius-server key {S}
radius-server key 7 {S}
radius-server host 10.0.0.9 auth-port 1812 acct-port 1813 key {S}
radius-server host 10.0.0.9 key 7 {S}
radius-server host 10.0.0.9 pac key 7 {S}
 key {S}
 key 7 {S}
 key 0 {S}
 key abc12
 key 6 {S}
 pac key 7 {S}
 server-private 10.0.0.9 key 7 {S}
 server-private 10.0.0.9 auth-port 1812 key {S}
 client 10.0.0.9 server-key 7 {S}
 client 10.0.0.9 server-key {S}
  key-string {S}
  key-string 7 {S}
 key-string 0 {S}
 ip ospf authentication-key {S}
 ip ospf authentication-key 7 {S}
 ip ospf message-digest-key 1 md5 {S}
 ip ospf message-digest-key 1 md5 7 {S}
 area 0 virtual-link 10.0.0.1 authentication-key {S}
 area 0 virtual-link 10.0.0.1 message-digest-key 1 md5 {S}
 isis password {S}
 isis password {S} level-2
 area-password {S}
 domain-password {S}
 ip rip authentication key {S}
 ppp chap password 7 {S}
 ppp chap password {S}
 ppp pap sent-username x password 7 {S}
 ppp pap sent-username x password {S}
 dialer password {S}
vtp password {S}
vtp password {S} hidden
 password 7 {S} role x
 passphrase {S}
 tunnel key {S}
 ip nhrp authentication {S}
 mpls ldp neighbor 10.0.0.1 password {S}
mpls ldp password option 1 for 10 {S}
 authentication key {S}
key config-key password-encrypt {S}
 key 01 7 {S}
 key abcd 0 {S}
 cryptographic-algorithm aes-128-cmac key {S}
 dot1x credentials password 7 {S}
 sntp authentication-key 1 md5 {S}
 cns password {S}
 ip sla authentication key {S}
 ip ddns update method http://u:{S}@dyn/x
 subscription token {S}
 api-key {S}
 shared-secret {S}
 hello-password {S}
 lisp authentication-key 7 {S}
 ipv4 etr map-server 10.0.0.1 key {S}
 ipv4 etr map-server 10.0.0.1 key 7 {S} proxy-reply
 description gammel {HASH}
""".strip("\n").split("\n")
EOS = f"""
username drift privilege 15 role network-admin secret sha512 $6$VvtXRuAVz8jgqhWY$dO2m8tG9F5nYg0c1tTq8kz6y6iUuQ1xY
username drift secret 5 $1$abcd$0123456789abcdefghijkl
username drift secret 0 {S}
username drift secret {S}
enable password sha512 $6$VvtXRuAVz8jgqhWY$dO2m8tG9F5nYg0c1tTq8kz6y6iUuQ1xY
enable password {S}
enable password 5 {S}
enable secret 0 {S}
aaa root secret sha512 $6$VvtXRuAVz8jgqhWY$dO2m8tG9F5nYg0c1tTq8kz6y6iUuQ1xY
aaa root secret {S}
snmp-server community {S} ro
snmp-server community {S} view ALT rw LISTE
snmp-server host 10.0.0.5 {S}
snmp-server host 10.0.0.5 version 2c {S}
snmp-server host 10.0.0.5 vrf MGMT informs version 2c {S}
snmp-server host 10.0.0.5 traps version 1 {S} udp-port 1162
snmp-server user nms GRP v3 auth sha {S} priv aes {S}
snmp-server user nms GRP v3 localized 80004fb1 auth sha {S} priv aes256 {S}
snmp-server user nms GRP v3 auth md5 {S}
ntp authentication-key 1 md5 7 {S}
ntp authentication-key 1 sha1 {S}
ntp authentication-key 1 md5 8a {S}
tacacs-server key 7 {S}
tacacs-server key {S}
tacacs-server host 10.0.0.9 vrf MGMT key 7 {S}
tacacs-server host 10.0.0.9 key 8a {S}
radius-server key 7 {S}
radius-server host 10.0.0.9 key {S}
radius-server host 10.0.0.9 vrf MGMT auth-port 1812 key 7 {S}
   neighbor 10.0.0.1 password 7 {S}
   neighbor PEERS password {S}
      neighbor 10.0.0.1 password 8a {S}
   ip ospf authentication-key 7 {S}
   ip ospf authentication-key {S}
   ip ospf message-digest-key 1 md5 7 {S}
   ip ospf message-digest-key 1 sha512 0 {S}
   ospfv3 authentication ipsec spi 300 sha1 passphrase 7 {S}
   ospfv3 encryption ipsec spi 300 esp null md5 passphrase {S}
   isis authentication key 7 {S}
   isis authentication key {S}
   isis authentication key 0 {S}
   isis authentication key-id 1 algorithm sha-1 key 0 {S} level-1
   authentication key 0 {S}
   authentication key 7 {S}
   vrrp 1 authentication text {S}
   vrrp 1 peer authentication ietf-md5 key-string 7 {S}
   vrrp 1 peer authentication text {S}
   key 1 secret 7 {S}
   secret 1 7 {S} receive-lifetime infinite transmit-lifetime infinite
   key {HEX} 7 {S}
   key abcd1234 7 {S} fallback
   key 01 0 {S}
   shared-secret 7 {S}
   pre-shared-key 7 {S}
   shared-key 7 {S}
   shared-key {S}
   passphrase {S}
   password 7 {S}
   token {S}
   exec /usr/bin/TerminAttr -ingestauth=key,{S} -smashexcludes=ale
   exec /usr/bin/TerminAttr -cvauth=token-secure,/tmp/token -cvconfig=https://u:{S}@cv/x
   crypto key {S}
   secret hash sha512 {S}
   username x secret {S}
ip ftp client password 7 {S}
ip http client password {S}
management api gnmi password {S}
   radius server 10.0.0.9 key 7 {S}
dot1x supplicant passphrase 7 {S}
   eap password 7 {S}
""".strip("\n").split("\n")
PROCURVE = f"""
snmpv3 user "nms" auth sha "{S}" priv aes "{S}"
snmpv3 user "nms" auth md5 "{S}"
snmpv3 user "nms" auth "{S}" priv "{S}"
snmpv3 user nms auth sha {S} priv des {S}
snmpv3 community index "1" name "{S}" sec-name "x"
snmpv3 community index 1 name {S} sec-name x
radius-server host 10.0.0.9 key "{S}"
radius-server host 10.0.0.9 key {S}
radius-server host 10.0.0.9 encrypted-key "{S}"
radius-server host 10.0.0.9 oobm key "{S}" acct-port 1813
radius-server key "{S}"
radius-server encrypted-key "{S}"
tacacs-server host 10.0.0.9 key "{S}"
tacacs-server host 10.0.0.9 encrypted-key {S}
tacacs-server key "{S}"
snmp-server community "{S}" unrestricted
snmp-server community "{S}" operator
snmp-server community {S} manager
snmp-server host 10.0.0.5 community "{S}"
snmp-server host 10.0.0.5 community "{S}" trap-level not-info
snmp-server host 10.0.0.5 "{S}" Not-INFO
snmp-server host 10.0.0.5 "{S}"
sntp authentication key-id 1 authentication-mode md5 key-value "{S}" trusted
sntp authentication key-id 1 authentication-mode md5 key-value "{S}"
sntp authentication key-id 1 authentication-mode md5 encrypted-key "{S}"
key-chain "k" key 1 key-string "{S}"
key-chain "k" key 1 encrypted-key "{S}"
aaa port-access supplicant 5 secret "{S}"
aaa port-access supplicant 5 identity "x" secret {S}
aaa authentication local-user "drift" group "Level-15" password sha256 "{HEX}{HEX[:24]}"
aaa authentication local-user "drift" group "Level-15" password sha1 "{HEX}"
aaa authentication local-user "drift" group "Level-15" password plaintext "{S}"
aaa authentication local-user "drift"x y" group "Level-15" password sha256 "{HEX}{HEX[:24]}"
password manager user-name "drift" plaintext "{S}"
password manager plaintext {S}
password manager user-name "drift" sha1 "{HEX}"
password operator sha256 "{HEX}{HEX[:24]}"
password port-access user-name "p" sha1 "{S}"
password port-access user-name "p" plaintext "{S}"
encrypted-password manager user-name "a" "{S}"
encrypted-password operator "{S}"
aaa port-access supplicant 5 encrypted-secret "{S}"
   "{HEX}"
   ip ospf authentication-key "{S}"
   ip ospf md5-auth-key-chain "k" key "{S}"
   ip rip authentication-key "{S}"
   ip rip authentication-type text key {S}
ip ssh password {S}
console password "{S}"
crypto pki enroll password "{S}"
aruba-central password "{S}"
tunneled-node-server psk "{S}"
wlan passphrase "{S}"
ipsec pre-shared-key "{S}"
""".strip("\n").split("\n")
# Nothing in these is a secret, and people have to read them.
PLAIN = {
    "ios": """
service password-encryption
security passwords min-length 8
aaa new-model
aaa authentication login default group tacacs+ local
aaa authentication enable default group tacacs+ enable
aaa authorization exec default local
login local
 login authentication VTY
key chain OSPF
 key 1
 ip ospf authentication message-digest
 ip ospf authentication key-chain OSPF
 ip authentication key-chain eigrp 1 OSPF
 standby 1 authentication md5 key-chain OSPF
snmp-server group GRP v3 auth
snmp-server group GRP v3 priv read ALT write ALT
snmp-server host 10.0.0.5 version 3 auth nms
snmp-server enable traps snmp authentication linkdown
ip ssh version 2
ip ssh server algorithm mac hmac-sha2-256 hmac-sha1
ip ssh rsa keypair-name FELLES
crypto key generate rsa
crypto pki certificate chain TP-self-signed-100
 rsakeypair FELLES
 set community 65000:1
 match community NET
ip community-list standard NET permit 65000:1
 neighbor 10.0.0.1 send-community both
 description nøkkel og key til rom 12, password er hos vakta
 switchport port-security mac-address sticky
 authentication mac-move permit
username drift privilege 15
 privilege level 15
ntp trusted-key 1
ntp authenticate
banner login ^CAsk for the password at the desk^C
""",
    "eos": """
aaa authentication login default group tacacs+ local
aaa authorization commands all default local
   password minimum length 8
   password encryption-key common
snmp-server group GRP v3 priv read ALT
snmp-server host 10.0.0.5 version 3 priv nms
   certificate server.crt key server.key
   set community 65000:1
   match community NET
   neighbor PEERS send-community
   description key til rom 12, secret
   ip ospf authentication message-digest
   vlan 20
service routing protocols model multi-agent
      key size limit 160
      key field dst-mac ether-type src-mac
   isis authentication mode sha key-id 5 level-1
   isis authentication mode md5 level-1
   isis authentication mode shared-secret profile P algorithm sha-1 level-2
   exec /usr/bin/TerminAttr -cvauth=token-secure,/mnt/flash/cv-onboarding-token -smashexcludes=ale
snmp-server engineID local b15232eaf6bc559592706126b70a23d1b83689f0
username cvpadmin ssh-key ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC9OZ0HdZ7jS2v1pQ9mH3w cvpadmin@host
no aaa root
""",
    "procurve": """
include-credentials
password complexity all
password minimum-length 8
aaa authentication ssh login public-key local
aaa authentication ssh enable local
snmpv3 group managerpriv user "nms" sec-model ver3
snmp-server contact "key person"
   name "password 12"
   ip ospf all area backbone
crypto key generate ssh
ip ssh
vlan 20
hostname "loppa-acc-01"
""",
}
FORMS = [("ios", line) for line in IOS] + [("eos", line) for line in EOS] + [("procurve", line) for line in PROCURVE]
SECRETS = (S, HASH, HEX, "$1$abcd", "$8$dsYG", "$6$Vvt", "abc12", "to ord")


def mask(name: str, text: str) -> tuple[str, dict[str, str]]:
    """Of a configuration with these lines."""
    made: Platform = platform(name)
    return made.split_secrets(text)


def test_there_are_hundreds() -> None:
    """Over the three platforms."""
    assert len(set(FORMS)) >= 200


@pytest.mark.parametrize(("name", "line"), FORMS)
def test_no_secret_is_left_to_read(name: str, line: str) -> None:
    """Masked twice is masked once; and with its secrets in place it is what it was."""
    masked, secrets = mask(name, f"{line}\n")
    assert not [secret for secret in SECRETS if secret in masked], masked
    assert secrets
    assert mask(name, masked) == (masked, {})
    assert platform(name).unmask(masked, secrets) == f"{line}\n"


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_none_is_left_to_read(name: str) -> None:
    """Words that only announce secrets elsewhere."""
    text = PLAIN[name].lstrip("\n")
    assert mask(name, text) == (text, {})


@pytest.mark.parametrize("name", ["ios", "eos", "procurve"])
def test_no_two_secrets_are_called_the_same(name: str) -> None:
    """All forms in one configuration, each with a secret of its own, come back as they were."""
    lines = [line.replace(S, f"{S}x{number}") for number, (kind, line) in enumerate(FORMS) if kind == name]
    text = "".join(f"{line}\n" for line in [*lines, *lines[::-1]])
    masked, secrets = mask(name, text)
    assert S not in masked
    assert platform(name).unmask(masked, secrets) == text
    assert mask(name, masked) == (masked, {})


def test_a_separator_that_is_none_begins_no_line() -> None:
    """Nor does a banner's text hold lines of a configuration."""
    banner = f"banner motd ^C\nusername x secret {S}\n^C\n"
    text = f"snmp-server location a\u2028b\x85c\x0bd\x0ce\n{banner}username x secret {S}\n"
    masked, _ = mask("ios", text)
    assert masked == text.removesuffix(f"{S}\n") + "<secret:username x>\n"


def test_a_private_key_is_masked_line_by_line() -> None:
    """Wherever it stands; and it comes back as it was."""
    text = f"a\n-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ\n{S}\n-----END RSA PRIVATE KEY-----\nhostname x\n"
    masked, secrets = mask("eos", text)
    assert masked.count("<secret:private key ") == 2
    assert S not in masked
    assert "hostname x" in masked
    assert platform("eos").unmask(masked, secrets) == text
    assert mask("eos", masked) == (masked, {})


def test_the_standard_holds_no_secret_but_its_accounts() -> None:
    """No line of a template is taken for one: what is intended would else differ from what runs."""
    region = load_region()
    position = Position(dict.fromkeys(region.municipalities, Stage.RETIRE), {})
    for device in region.devices.values():
        text = render(device, position, region, None)
        assert mask(device.platform, text) == (text, {}), device.name
