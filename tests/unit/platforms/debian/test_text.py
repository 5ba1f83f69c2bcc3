"""A server's state as text: written, read back, masked, compared."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from nornir_tasks.config.server_compare import compare_states, describe_steps, find_unforeseen
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.debian.managed import join_managed
from nornir_tasks.platforms.debian.secrets import mark_changed, mask_state
from nornir_tasks.platforms.debian.state import ANY, Account, FileState, ServerState, UnitState, read_state
from nornir_tasks.platforms.debian.text import parse_state, write_state

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcR4z8ZB2tyE0Yx7mJgQ0s0q6z5o3V7R0i9j8Yy6pQ1 anna"
ACCOUNTS = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndrift:x:1000:1000::/home/drift:/bin/bash\n",
    "/etc/group": "root:x:0:\nsudo:x:27:drift\ndrift:x:1000:\n",
    "/etc/shadow": "root:*:19000:0:99999:7:::\ndrift:$y$j9T$abcdefgh$12345678:20000:0:99999:7::20500:\n",
}


def row(path: str, content: bytes, mode: str = "0644") -> dict[str, Any]:
    """A file as the guard's program tells it."""
    shown = base64.b64encode(content).decode()
    return {"path": path, "type": "file", "mode": mode, "owner": "root", "group": "root", "content": shown}


def answer(**files: bytes) -> dict[str, Any]:
    """An answer with these files below /etc, and accounts."""
    return {
        "files": [
            *(row(f"/etc/{name}", content) for name, content in files.items()),
            *(row(path, text.encode()) for path, text in ACCOUNTS.items()),
            {"path": "/etc/resolv.conf", "type": "link", "mode": "0777", "owner": "root", "group": "root",
             "target": "../run/x y"},
            {"path": "/etc/conf.d", "type": "folder", "mode": "0755", "owner": "root", "group": "root"},
        ],
        "packages": {"chrony": "4.6.1-3", "gone": None},
        "units": {"ssh.service": {"enabled": "enabled", "active": "active"}},
    }  # fmt: skip


CONTENTS = [
    b"",
    b"\n",
    b"a",
    b"a\n",
    b" owner x y\n|b\n\n",
    b"file /etc/x\n",
    b"\0\1",
    b"\xff",
    b"x\r\n",
    "å\n".encode(),
]


@pytest.mark.parametrize("content", CONTENTS)
def test_a_text_is_read_back_as_the_state_it_is_of(content: bytes) -> None:
    state = read_state(answer(a=content, b=b"other\n"))
    assert parse_state(write_state(state)) == state


def test_contents_that_differ_have_texts_that_differ() -> None:
    assert len({write_state(read_state(answer(a=content))) for content in CONTENTS}) == len(CONTENTS)


def test_open_values_and_odd_names_are_read_back() -> None:
    state = ServerState(
        files={"/etc/a b\\\n": FileState("file", f"root:{ANY}", ANY, digest=ANY),
               "/etc/l": FileState("link", target="a b")},
        packages={"p": ANY},
        units={"u@x\\x2d.service": UnitState(ANY, "active")},
        restarts=("ssh.service restarted",),
        unknown=("time_server: Ask: command does nothing in check mode",),
    )  # fmt: skip
    assert parse_state(write_state(state)) == state


def test_accounts_are_told_without_their_passwords() -> None:
    text = write_state(read_state(answer()))
    assert " groups sudo\n" in text
    assert " password set\n expires 20500\n" in text
    assert "$y$" not in text
    assert "19000" not in text  # the day of a password's change


@pytest.mark.parametrize(
    "line",
    [
        "password = hunter2",
        "  api_key: 'hunter2'",
        'export PGPASSWORD="hunter2"',
        "host:5432:db:user:hunter2",
        "url = postgresql://app:hunter2@db/app",
        "PresharedKey=hunter2",
        "anna:$apr1$hunter2$hunter2",
        "  password hunter2",
        "secret_key_base: hunter2  # of the web part",
    ],
)
def test_secrets_are_masked_and_put_back(line: str) -> None:
    text = write_state(read_state(answer(a=f"# settings\n{line}\n".encode())))
    masked, secrets = mask_state(text)
    assert "hunter2" not in masked
    for key, secret in secrets.items():
        masked = masked.replace(f"<secret:{key}>", secret)
    assert masked == text


@pytest.mark.parametrize(
    "line",
    [
        KEY,
        "PasswordAuthentication no",
        "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt",
        "HostKey /etc/ssh/ssh_host_ed25519_key",
        "# the password is in the vault",
    ],
)
def test_what_is_for_everybody_is_shown(line: str) -> None:
    assert line in mask_state(write_state(read_state(answer(a=f"{line}\n".encode()))))[0]


def test_a_certificate_is_shown_and_a_private_key_is_not() -> None:
    body = "MIIBszCCAVmgAwIBAgIUQ2F0aGVkcmFsIEJyaWRnZSBPdmVyIFdhdGVyczAKBggq"
    pem = "-----BEGIN {0}-----\n" + body + "\n-----END {0}-----\n"
    shown = mask_state(write_state(read_state(answer(a=pem.format("CERTIFICATE").encode()))))[0]
    hidden = mask_state(write_state(read_state(answer(a=pem.format("PRIVATE KEY").encode()))))[0]
    assert body in shown
    assert body not in hidden


def test_another_password_is_a_difference_that_does_not_show_it() -> None:
    (now, old), (then, new) = (
        mask_state(write_state(read_state(answer(a=f"password={word}\n".encode())))) for word in ("one-1", "two-2")
    )
    assert now == then
    diff = compare_states(now, mark_changed(then, new, old)).diff
    assert diff == (
        "  file /etc/a\n-  |password=<secret:/etc/a password>\n+  |password=<secret:/etc/a password, another>\n"
    )
    assert find_unforeseen(then, mark_changed(then, new, old)) == ""


def test_a_diff_shows_lines_below_their_file_and_steps_say_what_is_done() -> None:
    now = write_state(read_state(answer(a=b"x\n    y\nz\n")))
    then = write_state(read_state({**answer(a=b"x\n    Y\nz\n", n=b"new\n"), "packages": {"chrony": "4.7"}}))
    difference = compare_states(now, then)
    assert difference.diff == (
        "  file /etc/a\n-  |    y\n+  |    Y\n+ file /etc/n\n+  owner root:root 0644\n+  |new\n"
        "- package chrony 4.6.1-3\n+ package chrony 4.7\n"
    )
    assert describe_steps(now, then) == (
        "bring the package chrony from 4.6.1-3 to 4.7",
        "change the file /etc/a",
        "make the file /etc/n",
    )
    assert compare_states(now, now).equal
    assert compare_states(now, now).diff == ""


def test_unknown_lines_are_a_difference_and_no_surprise_afterwards() -> None:
    now = read_state(answer(a=b"x\n"))
    intended = write_state(
        ServerState(now.files, now.packages, now.units, now.accounts, now.groups, unknown=("r: t: a command",))
    )
    assert compare_states(write_state(now), intended).diff == "+ unknown r: t: a command\n"
    assert find_unforeseen(write_state(now), intended) == ""
    other = write_state(read_state(answer(a=b"x\n", b=b"y\n")))
    assert "file /etc/b" in find_unforeseen(other, intended)
    assert find_unforeseen(other, f"{intended}unknown what is made: /etc/b\n") == ""
    assert "file /etc/b" in find_unforeseen(other, f"{intended}unknown what is made: /etc/c\n")
    somebody = write_state(replace(now, accounts={**now.accounts, "new": Account()}))
    assert "account new" in find_unforeseen(somebody, intended)
    assert find_unforeseen(somebody, f"{intended}unknown what is made: account ne*\n") == ""


@pytest.mark.parametrize("text", ["nonsense x\n", "file /a\n what\n", "unit x\n", "account a\n colour red\n"])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(PlatformError, match="expected a server's state"):
        parse_state(text)


@pytest.mark.parametrize("broken", [{}, {"files": [{"path": "/a"}], "packages": {}, "units": {}}, {"files": 3}])
def test_an_answer_of_another_shape_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises(PlatformError, match="fellesdrift-guard could not be read"):
        read_state(broken)


def test_what_roles_manage_is_joined_and_checked() -> None:
    managed = join_managed(
        {"a": {"paths": ["/etc/chrony", "/home/*/.ssh"], "units": ["x"]}, "b": {"paths": ["/etc/chrony"]}}
    )
    assert managed.paths == ("/etc/chrony", "/home/*/.ssh")
    covered = ("/etc/chrony", "/etc/chrony/conf.d/x", "/home/anna/.ssh/authorized_keys")
    assert all(managed.covers(path) for path in covered)
    assert not any(managed.covers(path) for path in ("/etc/chrony2", "/home/a/b/.ssh", "/etc"))
    made = join_managed({"a": {"made": ["/etc/a*", "a.service"]}})
    assert (made.find_maker("/etc/ab/c"), made.find_maker("/etc/b")) == ("a", "")
    wrongs = ({"paths": ["etc"]}, {"paths": ["/"]}, {"paths": ["/a/../b"]}, {"path": []}, {"units": "x"}, [])
    for wrong in (*wrongs, {"made": "x"}):
        with pytest.raises(PlatformError, match=r"roles/r/meta/managed.yml"):
            join_managed({"r": wrong})
