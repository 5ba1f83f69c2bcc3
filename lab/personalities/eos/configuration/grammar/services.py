"""The modes of what a switch does beside switching: its ways in, its services, VLANs and VRFs."""

from lab.personalities.eos.configuration.grammar.rule import Context, Rule

_SHUT = Rule("shutdown", "shutdown", off="no shutdown", default="shutdown")
_IDLE = Rule("idle-timeout <int:0-86400>", "idle-timeout", default="idle-timeout 0")
_IN_VRF = (_SHUT, Rule("ip access-group <name> [in]", "acl", "ip access-group"))

CONTEXTS = (
    Context(
        "vlan",
        "vlan-{}",
        (
            Rule("name <word>", "name"),
            Rule("state (active|suspend)", "state", default="state active"),
            Rule("trunk group <name>", "trunk group {0}"),
        ),
    ),
    Context(
        "bfd",
        "router-bfd",
        (
            Rule(
                "multihop interval <int:50-60000> min-rx <int:50-60000> multiplier <int:3-50>",
                "multihop",
            ),
            Rule("interval <int:50-60000> min-rx <int:50-60000> multiplier <int:3-50> default", "interval"),
            Rule("shutdown", "shutdown"),
        ),
    ),
    Context("vrf", "vrf-{}", (Rule("description <rest>", "description"), Rule("rd <word>", "rd"))),
    Context(
        "mst",
        "mst",
        (
            Rule("name <word>", "name"),
            Rule("revision <int:0-65535>", "revision", default="revision 0"),
            Rule("instance <int:1-64> vlan <vlans>", "instance {0}"),
        ),
    ),
    Context(
        "mlag",
        "mlag",
        (
            Rule("domain-id <word>", "domain-id"),
            Rule("heartbeat-interval <int:1-60>", "heartbeat"),
            Rule("local-interface <port>", "local-interface"),
            Rule("peer-address <ip>", "peer-address"),
            Rule("peer-address heartbeat <ip> [vrf <name>]", "peer heartbeat"),
            Rule("peer-link <port>", "peer-link"),
            Rule("dual-primary detection delay <int:0-1000> [action errdisable all-interfaces]", "dual-primary"),
            Rule("reload-delay mlag <int:0-86400>", "delay mlag"),
            Rule("reload-delay non-mlag <int:0-86400>", "delay non-mlag"),
            Rule("reload-delay <int:0-86400>", "delay"),
            Rule("shutdown", "shutdown"),
        ),
    ),
    Context(
        "system l1",
        "system-l1",
        (
            Rule("unsupported speed action (error|warn)", "speed"),
            Rule("unsupported error-correction action (error|warn)", "fec"),
        ),
        initial=("unsupported speed action error", "unsupported error-correction action error"),
    ),
    Context(
        "daemon", "daemon-{}", (Rule("exec <rest>", "exec"), Rule("option <word> value <rest>", "option {0}"), _SHUT)
    ),
    Context(
        "event handler",
        "handler-{}",
        (
            Rule("trigger (on-boot|on-startup-config)", "trigger"),
            Rule("trigger on-intf <port> (operstatus|ip) [ip]", "trigger"),
            Rule("action bash <rest>", "action"),
            Rule("action bash", "action", special="text"),
            Rule("delay <int:0-2147483647>", "delay"),
            Rule("timeout <int:1-2147483647>", "timeout"),
            Rule("asynchronous", "asynchronous"),
        ),
    ),
    Context("server group", "sg-{}", (Rule("server <host> [vrf <name>]", "server {line}"),)),
    Context(
        "api",
        "mgmt-api-http-cmds",
        (
            Rule("protocol http", "http", "protocol http"),
            Rule("protocol http port <int:1-65535>", "http"),
            Rule("protocol https", "https", off="no protocol https", default="protocol https"),
            Rule("protocol https port <int:1-65535>", "https"),
            Rule("protocol https ssl profile <name>", "https profile"),
            Rule("protocol unix-socket", "unix"),
            Rule("session timeout <int:1-71582788>", "session timeout"),
            _SHUT,
            Rule("ip access-group <name> [in]", "acl", "ip access-group"),
            Rule("vrf <name>", "vrf {0}", opens="api vrf"),
        ),
    ),
    Context("api vrf", "mgmt-api-http-cmds-vrf-{}", _IN_VRF),
    Context("gnmi", "mgmt-api-gnmi", (Rule("transport grpc <name>", "transport {0}", opens="grpc"),)),
    Context(
        "grpc",
        "gnmi-transport-{}",
        (
            Rule("ssl profile <name>", "profile"),
            Rule("port <int:1-65535>", "port", default="port 6030"),
            Rule("vrf <name>", "vrf"),
            Rule("ip access-group <name>", "acl"),
            Rule("shutdown", "shutdown"),
        ),
    ),
    Context(
        "ssh",
        "mgmt-ssh",
        (
            _IDLE,
            Rule("authentication mode (password|keyboard-interactive|public-key)", "mode"),
            Rule("cipher <rest>", "cipher"),
            Rule("key-exchange <rest>", "key-exchange"),
            Rule("mac <rest>", "mac"),
            Rule("connection limit <int:1-100>", "limit"),
            Rule("connection per-host <int:1-20>", "per-host"),
            Rule("client-alive interval <int:0-1000>", "alive interval"),
            Rule("client-alive count-max <int:0-1000>", "alive count"),
            Rule("ip access-group <name> in", "acl", "ip access-group"),
            Rule("shutdown", "shutdown", default="no shutdown"),
            Rule("vrf <name>", "vrf {0}", opens="ssh vrf"),
        ),
    ),
    Context("ssh vrf", "mgmt-ssh-vrf-{}", (Rule("shutdown", "shutdown", off="no shutdown"), _IN_VRF[1])),
    Context("telnet", "mgmt-telnet", (_IDLE, _SHUT)),
    Context("console", "mgmt-console", (_IDLE,)),
    Context(
        "security",
        "mgmt-security",
        (
            Rule("password minimum length <int:1-32>", "minimum"),
            Rule("password encryption-key common", "common"),
            Rule("entropy source hardware", "entropy"),
            Rule("ssl profile <name>", "profile {0}", opens="ssl profile"),
        ),
    ),
    Context(
        "ssl profile",
        "mgmt-sec-ssl-profile-{}",
        (
            Rule("tls versions <rest>", "tls"),
            Rule("cipher-list <word>", "ciphers"),
            Rule("certificate <word> key <word>", "certificate"),
            Rule("trust certificate <word>", "trust {0}"),
            Rule("chain certificate <word>", "chain {0}"),
        ),
    ),
)
