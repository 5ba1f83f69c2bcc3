"""Exec commands about configurations and files in flash."""

from lab.personalities.eos.configuration.config import Config
from lab.personalities.eos.configuration.sanitized import sanitized
from lab.personalities.eos.configuration.special import interfaces
from lab.personalities.eos.pipes import Failed, section
from lab.personalities.eos.terminal import Output, Terminal, command, done


def header(terminal: Terminal, shown: str, extra: str = "") -> str:
    """What stands above a configuration.

    Args:
        terminal: of the session that asks.
        shown: the command, written out.
        extra: whole lines that stand below the first.
    """
    software = f"EOS-{terminal.eos.software}"
    return (
        f"! Command: {shown}\n{extra}! device: {terminal.eos.hostname} ({terminal.switch.model}, {software})\n!\n"
        f"! boot system flash:/{software}.swi\n!\n"
    )


@command("show running-config", "show running-config all")
def show_running(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The running configuration."""
    text = terminal.eos.config.text()
    return Output(header(terminal, "show running-config") + text, terminal.eos.config.commands())


@command("show running-config [all] sanitized")
def show_sanitized(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The running configuration without secrets."""
    return Output(header(terminal, "show running-config sanitized") + sanitized(terminal.eos.config.text()))


@command("show running-config interfaces <rest>")
def show_running_interface(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The sections of some interfaces."""
    config = Config(())
    names = interfaces(values[0].split())
    config.root = {
        section.key: section for section in terminal.eos.config.sections("interface") if section.key.split()[1] in names
    }
    return Output(config.text().removesuffix("!\nend\n"))


@command("show running-config section <rest>")
def show_running_section(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The sections in which a line matches."""
    return Output("".join(f"{line}\n" for line in section(terminal.eos.config.text().split("\n"), values[0].split())))


@command("show startup-config")
def show_startup(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """What the switch will boot."""
    if not terminal.switch.startup:
        return Output()
    extra = f"! Startup-config last modified at  Sun Nov 22 03:00:00 2026 by {terminal.user}\n"
    return Output(header(terminal, "show startup-config", extra) + terminal.switch.startup)


@command("write", "write memory", "copy running-config startup-config")
def save(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Running to startup."""
    _space(terminal, "system:/running-config", "flash:/startup-config")
    terminal.switch.save()
    return done("Copy completed successfully.\n")


def _space(terminal: Terminal, source: str, target: str) -> None:
    if terminal.switch.full:
        raise Failed(f"Error copying {source} to {target} (No space left on device)")


def _read(terminal: Terminal, source: str) -> str:
    if source in ("running-config", "system:/running-config"):
        return terminal.eos.config.text()
    if source in ("startup-config", "flash:startup-config", "flash:/startup-config"):
        return terminal.switch.startup
    if source == "clean-config":
        return terminal.eos.factory()
    name = _file(source)
    if name not in terminal.switch.files:
        raise Failed(f"Error copying {source} (No such file or directory)")
    return terminal.switch.files[name]


def _file(word: str) -> str:
    kind, colon, name = word.partition(":")
    if not colon or kind not in ("flash", "checkpoint", "file"):
        raise Failed(f"Invalid source or destination {word}")
    return ("checkpoint-" if kind == "checkpoint" else "") + name.lstrip("/").removeprefix("mnt/flash/")


@command("copy <word> <word>")
def copy(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """A file to a file; to running-config it is merged, to startup-config it takes its place."""
    source, target = values
    text = _read(terminal, source)
    if target == "running-config":
        refused = [f"{line}: {words}" for line in text.splitlines() if (words := terminal.switch.refuses(line))]
        taken = [line for line in text.splitlines() if not terminal.switch.refuses(line)]
        refused += terminal.eos.config.feed("\n".join(taken))
        terminal.eos.changed()
        return done("".join(f"> {line}\n" for line in refused) + "Copy completed successfully.\n")
    _space(terminal, source, target)
    if target in ("startup-config", "flash:startup-config"):
        terminal.switch.startup = text
    else:
        terminal.switch.files[_file(target)] = text
    terminal.switch.keep()
    return done("Copy completed successfully.\n")


@command(
    "configure replace <word>",
    "configure replace <word> (ignore-errors|skip-checkpoint)",
    "configure replace <word> ignore-errors skip-checkpoint",
)
def replace(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """A file in the place of the running configuration; refused as a whole if a line is."""
    config = Config.clean(terminal.eos.ports)
    text = _read(terminal, values[0])
    refused = config.feed(text)
    refused += [f"{line}: {words}" for line in text.splitlines() if (words := terminal.switch.refuses(line))]
    if refused and "ignore-errors" not in values:
        raise Failed("Configuration replace failed: " + "; ".join(refused))
    terminal.eos.become(config)
    return done()


@command("configure checkpoint save [<word>]")
def checkpoint(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Keep the running configuration under a name."""
    name = values[0] if values else "ckp-1"
    _space(terminal, "system:/running-config", f"checkpoint:/{name}")
    terminal.switch.files[f"checkpoint-{name}"] = terminal.eos.config.text()
    terminal.switch.keep()
    return done()


@command("configure checkpoint restore <word>")
def restore(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Go back to a checkpoint."""
    terminal.eos.become(Config.parse(_read(terminal, f"checkpoint:{values[0]}"), terminal.eos.ports))
    return done()


@command("delete <word>")
def delete(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Remove a file."""
    if terminal.switch.files.pop(_file(values[0]), None) is None:
        raise Failed(f"Error deleting {values[0]} (No such file or directory)")
    terminal.switch.keep()
    return done()


@command("more <word>")
def more(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Show a file."""
    return Output(_read(terminal, values[0]))


@command("dir", "dir <word>", "dir all-filesystems")
def directory(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """What is in flash."""
    files = {
        f"EOS-{terminal.eos.software}.swi": 1034217984,
        "boot-config": 31,
        **{
            name: len(text.encode())
            for name, text in terminal.switch.files.items()
            if not name.startswith("checkpoint-")
        },
    }
    if terminal.switch.startup:
        files["startup-config"] = len(terminal.switch.startup.encode())
    lines = ["Directory of flash:/", ""]
    lines += [f"       -rw-  {size:>10}           Nov 22 03:00  {name}" for name, size in sorted(files.items())]
    free = 0 if terminal.switch.full else 2112344064
    return Output("\n".join([*lines, "", f"3519041536 bytes total ({free} bytes free)"]) + "\n")


@command("bash timeout <int:1-100000> cat <word>")
def cat(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """A file in flash, by the Linux below."""
    if values[1] == "/mnt/flash/boot-config":
        return Output(f"SWI=flash:/EOS-{terminal.eos.software}.swi\n")
    name = values[1].removeprefix("/mnt/flash/")
    if name not in terminal.switch.files:
        return Output(f"cat: {values[1]}: No such file or directory\n")
    return Output(terminal.switch.files[name])


@command("show banner (login|motd)", privileged=False)
def banner(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The text of a banner."""
    line = terminal.eos.config.root.get(f"banner {values[0]}")
    text = "".join(f"{row}\n" for row in line.body) if line is not None else ""
    name = "loginBanner" if values[0] == "login" else "motd"
    return Output(text, {name: text})
