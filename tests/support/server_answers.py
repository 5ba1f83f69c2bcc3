"""What the health program prints on a server, with true outputs of Debian's tools in it."""

import json
from typing import Any

NOW = 1796099319.0
# ss -H -l -n -t -u (iproute2 6.15), systemctl (systemd 257) and chronyc (4.6), each as Debian 13 prints them.
SOCKETS = """\
udp   UNCONN 0      0                         0.0.0.0:123        0.0.0.0:*
udp   UNCONN 0      0                   127.0.0.53%lo:53         0.0.0.0:*
udp   UNCONN 0      0      [fe80::5054:ff:fe12:3456]%ens3:546            [::]:*
tcp   LISTEN 0      511                   10.17.92.31:443        0.0.0.0:*
tcp   LISTEN 0      4096                            *:9100             *:*
tcp   LISTEN 0      128                          [::]:22            [::]:*
tcp   LISTEN 0      200            [::ffff:127.0.0.1]:8080             *:*
tcp   LISTEN 0      244                     127.0.0.1:5432       0.0.0.0:*
"""
UNITS = """\
Type=oneshot
Result=exit-code
Id=fellesdrift-backup.service
ActiveState=failed
SubState=failed
UnitFileState=static
StateChangeTimestamp=@1796043724
ConditionResult=yes

Type=exec
Result=oom-kill
Id=fellesdrift-app-loppa-mail.service
ActiveState=activating
SubState=auto-restart
UnitFileState=enabled
StateChangeTimestamp=@1796099310
ConditionResult=yes

Type=forking
Result=success
Id=chrony.service
ActiveState=inactive
SubState=dead
UnitFileState=enabled
StateChangeTimestamp=@1796099310
ConditionResult=yes

Type=simple
Result=success
Id=rsync.service
ActiveState=inactive
SubState=dead
UnitFileState=enabled
StateChangeTimestamp=
ConditionResult=no

Type=simple
Result=success
Id=fellesdrift-app-loppa-library.service
ActiveState=inactive
SubState=dead
UnitFileState=enabled
StateChangeTimestamp=@1796043000
ConditionResult=yes

Type=oneshot
Result=success
Id=e2scrub_reap.service
ActiveState=inactive
SubState=dead
UnitFileState=enabled
StateChangeTimestamp=@1796043000
ConditionResult=yes

Type=simple
Result=success
Id=poll.service
ActiveState=activating
SubState=auto-restart
UnitFileState=enabled
StateChangeTimestamp=@1796099318
ConditionResult=yes

Id=dev-vda1.device
ActiveState=active
SubState=plugged
UnitFileState=
StateChangeTimestamp=@1796000000
ConditionResult=no

Result=success
Id=apt-daily.timer
ActiveState=active
SubState=waiting
UnitFileState=enabled
StateChangeTimestamp=@1796000000
ConditionResult=yes
"""
FOLLOWS = (
    "0A0A010A,10.10.1.10,3,1796099280.123456789,0.000012345,-0.000023,0.00004,12.345,0.01,0.25,0.0012,0.0045,64.2,"
    "Normal"
)
LOST = "00000000,,0,0.000000000,0.0000,0.0000,0.0000,0.000,0.000,0.000,0.0000,0.0000,0.0,Not synchronised"
ITSELF = "7F7F0101,,10,1796099280.1,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,Normal"
DISK = {
    "place": "/var/lib/postgresql",
    "device": "/dev/vdb1",
    "type": "ext4",
    "read_only": False,
    "bytes": 1000,
    "free_bytes": 400,
    "inodes": 100,
    "free_inodes": 90,
}


def answer(**parts: Any) -> str:
    """What the program prints: a server that is well, with other parts in their place."""
    well = {
        "now": NOW,
        "load": {
            "uptime": 87472.67,
            "processors": 2,
            "averages": [0.5, 0.4, 0.3],
            "memory": {"MemTotal": 4000, "MemAvailable": 3000, "SwapTotal": 0, "SwapFree": 0},
        },
        "disks": [DISK],
        "units": "Id=ssh.service\nActiveState=active\n",
        "tracking": FOLLOWS,
        "restarts": {"required": False, "packages": [], "units": {}},
        "certificates": [],
        "backup": {"backup_last_success_seconds": NOW - 3600, "backup_failed": 0},
        "sockets": SOCKETS,
        "answers": [],
    }
    return json.dumps({**well, **parts})
