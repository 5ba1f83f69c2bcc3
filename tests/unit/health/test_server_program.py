"""The program that runs on servers: what it makes of the kernel's words, and that nothing in it writes."""

import ast
from pathlib import Path

import pytest

from nornir_tasks.health import server_program as program

TREE = ast.parse(Path(program.__file__).read_text())
# What may stand in it, beside plain Python: each reads, or ends the program.
CALLS_OF_OS = {"_exit", "cpu_count", "getloadavg", "path.exists", "readlink", "stat", "statvfs"}
# The programs that it starts; none of them changes anything with these words.
COMMANDS = [
    [
        "systemctl",
        "show",
        "--all",
        "--property=Id,Type,UnitFileState,ActiveState,SubState,ConditionResult,Result,StateChangeTimestamp",
        "--timestamp=unix",
        "--no-pager",
        "--",
        "*.service",
        "*.socket",
        "*.timer",
        "*.mount",
        "*.swap",
        "*.path",
    ],
    ["chronyc", "-n", "-c", "tracking"],
    ["ss", "-H", "-l", "-n", "-t", "-u"],
]


def test_a_program_that_runs_and_is_gone_from_the_disk_is_seen() -> None:
    """As the kernel's own maps tell it of a real process (its file is below /tmp, and no package's)."""
    maps = """\
55d0c0a00000-55d0c0a2c000 r-xp 00001000 fe:00 131  /usr/sbin/nginx (deleted)
7f1e2c000000-7f1e2c0a1000 r-xp 00022000 fe:00 132  /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)
7f1e2c0a1000-7f1e2c0b0000 r--p 000c3000 fe:00 132  /usr/lib/x86_64-linux-gnu/libcrypto.so.3 (deleted)
7f1e2d000000-7f1e2d001000 r-xp 00000000 fe:00 133  /usr/lib/x86_64-linux-gnu/libz.so.1.3.1
7f1e2e000000-7f1e2e001000 rwxp 00000000 00:01 2052 /memfd:jit (deleted)
7f1e2f000000-7f1e2f001000 rw-s 00000000 00:05 9    /dev/zero (deleted)
7ffd11a00000-7ffd11a21000 rw-p 00000000 00:00 0    [stack]
"""
    assert program.find_replaced(maps) == {"/usr/sbin/nginx", "/usr/lib/x86_64-linux-gnu/libssl.so.3"}


@pytest.mark.parametrize(
    ("group", "unit"),
    [
        ("0::/system.slice/nginx.service\n", "nginx.service"),
        ("0::/system.slice/system-postgresql.slice/postgresql@17-main.service\n", "postgresql@17-main.service"),
        ("0::/system.slice/docker.service/payload\n", "docker.service"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", ""),
        ("0::/user.slice/user-0.slice/user@0.service/init.scope\n", ""),
        ("0::/init.scope\n", ""),
    ],
)
def test_the_unit_of_a_process(tmp_path: Path, group: str, unit: str) -> None:
    (tmp_path / "cgroup").write_text(group)
    assert program.name_unit(str(tmp_path)) == unit


def test_a_key_beside_a_certificate_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----"
    key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"  # not a real one
    (tmp_path / "a.pem").write_text(f"subject=CN = a\n{key}\n{block}\n{block}\n")
    monkeypatch.setattr(program, "CERTIFICATES", (f"{tmp_path}/*.pem",))
    assert program.read_certificates() == [{"file": f"{tmp_path}/a.pem", "blocks": [block, block]}]


def test_it_starts_nothing_but_these_programs() -> None:
    """Every word of them is a constant."""
    assert [program.UNITS, program.TRACKING, program.SOCKETS] == COMMANDS
    started = [ast.unparse(call.args[0]) for call in list_calls() if ast.unparse(call.func) == "run"]
    assert sorted(started) == ["SOCKETS", "TRACKING", "UNITS"]
    popen = [call for call in list_calls() if "subprocess" in ast.unparse(call.func)]
    assert [ast.unparse(call.func) for call in popen] == ["subprocess.Popen"]
    assert "shell" not in {keyword.arg for call in popen for keyword in call.keywords}


def test_it_writes_nothing() -> None:
    """Files are opened to be read, and of the operating system it calls what reads."""
    opened = [call for call in list_calls() if ast.unparse(call.func) == "open"]
    assert [ast.unparse(call.args[1]) for call in opened] == ["'rb'"]
    called = {
        ast.unparse(call.func).removeprefix("os.") for call in list_calls() if ast.unparse(call.func)[:3] == "os."
    }
    assert called <= CALLS_OF_OS
    imported = {alias.name for node in ast.walk(TREE) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {
        "asyncio", "contextlib", "glob", "json", "os", "re", "subprocess", "sys", "threading", "time",
    }  # fmt: skip
    names = {ast.unparse(call.func) for call in list_calls()}
    assert not {"eval", "exec", "compile", "__import__", "getattr", "setattr"} & names


def list_calls() -> list[ast.Call]:
    """Every call in the program."""
    return [node for node in ast.walk(TREE) if isinstance(node, ast.Call)]


def test_no_other_module_of_health_sends_anything_to_a_server() -> None:
    """One makes the session, one sends the program over it; nothing else of the package knows of either."""
    folder = Path(program.__file__).parent
    knowing: dict[str, set[str]] = {}
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text())
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        if known := names & {"ServerSession", "SshWay", "make_session", "login_server", "ServerTargetSession"}:
            knowing[path.stem] = known
    assert knowing == {"server_facts": {"ServerSession"}, "server_runner": {"make_session"}}
    calls = [ast.unparse(node) for node in ast.walk(ast.parse((folder / "server_facts.py").read_text()))
             if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("session.")]  # fmt: skip
    assert calls == ["session.run(COMMAND, text, ANSWER_SECONDS)"]
