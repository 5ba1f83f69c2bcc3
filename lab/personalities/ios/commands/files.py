"""Exec commands about files: flash, the startup configuration, and reloading from it."""

import hashlib
from datetime import UTC, datetime, timedelta

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.configuration.config import Confirm, Cursor, logical_lines
from lab.personalities.ios.configuration.parse import Match, Refused
from lab.personalities.ios.device import config_name

TOTAL = 122_185_728
NOT_SAVED = "startup-config file open failed (Not enough space)\n"


@command("dir [<url>]")
async def dir_files(shell: IosShell, typed: Match) -> str:
    """What is in flash."""
    url = typed.values[0] if typed.values else "flash:"
    if not url.startswith("flash:"):
        return f"%Error opening {url} (No such device)\n" if url.startswith("bootflash:") else f"Directory of {url}\n\n"
    wanted = shell.device.file_name(url)
    files = shell.switch.files
    if wanted and wanted not in files:
        return f"%Error opening {url} (No such file or directory)\n"
    lines = [f"Directory of {url if wanted else 'flash:/'}", ""]
    for number, (name, text) in enumerate(sorted(files.items()), 2):
        if name == wanted or not wanted:
            when = f"{datetime.now(UTC):%b %d %Y %H:%M:%S} +00:00"
            lines.append(f"{number:>5}  -rwx  {len(text.encode()):>10}  {when}  {name}")
    free = TOTAL - sum(len(text.encode()) for text in files.values())
    return "\n".join([*lines, "", f"{TOTAL} bytes total ({0 if shell.switch.full else free} bytes free)", ""])


@command("show file systems")
async def show_file_systems(shell: IosShell, typed: Match) -> str:
    """The file systems."""
    free = 0 if shell.switch.full else TOTAL - sum(len(text.encode()) for text in shell.switch.files.values())
    return (
        "File Systems:\n\n     Size(b)     Free(b)      Type  Flags  Prefixes\n"
        f"*{TOTAL:>11}{free:>12}     flash     rw   flash:\n"
        f"      524288{524288 - len(shell.switch.startup.encode()):>12}     nvram     rw   nvram:\n"
        "           -           -    opaque     rw   system:\n           -           -    opaque     rw   null:\n"
    )


@command("more <url>")
async def more(shell: IosShell, typed: Match) -> str:
    """Print a file."""
    text = shell.device.read_file(typed.values[0])
    return text if text is not None else f"%Error opening {typed.values[0]} (No such file or directory)\n"


@command("verify /md5 <url>")
async def verify(shell: IosShell, typed: Match) -> str:
    """The MD5 digest of a file."""
    url = typed.values[0]
    text = shell.device.read_file(url)
    if text is None:
        return f"%Error verifying {url} (No such file or directory)\n"
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f".Done!\nverify /md5 ({url}) = {digest}\n\n"


@command("delete [/force] <url>")
async def delete(shell: IosShell, typed: Match) -> str:
    """Delete a file."""
    url = typed.values[0]
    name = shell.device.file_name(url)
    if "/force" not in typed.text and not shell.device.quiet:
        name = (await shell.ask(f"Delete filename [{name}]? ")).strip() or name
        if not await shell.confirm(f"Delete flash:/{name}? [confirm]"):
            return ""
    if shell.switch.files.pop(name, None) is None:
        return f"%Error deleting flash:/{name} (No such file or directory)\n"
    shell.switch.keep()
    return ""


@command("copy <url> <url>")
async def copy(shell: IosShell, typed: Match) -> str:
    """Copy a file, a configuration, or a file into a configuration."""
    source, target = typed.values
    name = config_name(target) or shell.device.file_name(target)
    if not shell.device.quiet:
        name = (await shell.ask(f"Destination filename [{name}]? ")).strip() or name
    text = "" if source.startswith("null:") else shell.device.read_file(source)
    if text is None:
        return f"%Error opening {source} (No such file or directory)\n"
    if config_name(target) == "startup-config":
        if config_name(source) == "running-config":
            return save(shell)
        if shell.switch.full:
            return NOT_SAVED
        shell.switch.startup = text
        shell.switch.keep()
        return "[OK]\n"
    if config_name(target) == "running-config":
        return await into_running(shell, text)
    if name in shell.switch.files and not shell.device.quiet:
        question = "%Warning:There is a file already existing with this name \nDo you want to over write? [confirm]"
        if not await shell.confirm(question):
            return ""
    if shell.switch.full:
        return f"%Error opening {target} (No space left on device)\n"
    shell.switch.files[name] = text
    shell.switch.keep()
    return f"\n{len(text.encode())} bytes copied in 0.503 secs ({len(text.encode()) * 2} bytes/sec)\n"


async def into_running(shell: IosShell, text: str) -> str:
    """Type a file's lines into the running configuration, as if at the keyboard; what is wrong is skipped."""
    with shell.switch.history.step(shell.how):
        remarks = await _merge(shell, text)
    return f"{remarks}{len(text.encode())} bytes copied in 0.503 secs ({len(text.encode()) * 2} bytes/sec)\n"


async def _merge(shell: IosShell, text: str) -> str:
    device = shell.device
    device.touched(shell.user)
    cursor = Cursor(device.config.root)
    remarks = ""
    for line in logical_lines(text):
        body = line.strip()
        if not body or body.startswith("!"):
            continue
        words = shell.switch.refuses(body)
        try:
            if words is not None:
                raise Refused(words, 0)
            remark = device.config.apply(cursor, line)
            remarks += f"{remark}\n" if remark else ""
        except Confirm as question:
            if await shell.confirm(question.question):
                device.config.apply(cursor, line, confirmed=True)
        except Refused as error:
            remarks += f"{line}\n{error.text(0)}"
        await shell.took_line(line)
    return remarks


def save(shell: IosShell) -> str:
    """Running to startup, and into the archive where it is told to."""
    if shell.switch.full:
        return NOT_SAVED
    shell.switch.save()
    archive = shell.device.config.root.entries.get("archive")
    if archive is not None and "write-memory" in getattr(archive, "entries", {}) and shell.rollback.archiving:
        shell.rollback.store()
    return "Building configuration...\n[OK]\n"


@command("write [memory]")
async def write_memory(shell: IosShell, typed: Match) -> str:
    """Running to startup."""
    return save(shell)


@command("write erase", "erase startup-config")
async def erase(shell: IosShell, typed: Match) -> str:
    """Throw the startup configuration away."""
    question = "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]"
    if not await shell.confirm(question):
        return ""
    shell.switch.startup = ""
    shell.switch.keep()
    return "[OK]\nErase of nvram: complete\n"


async def _offer_to_save(shell: IosShell) -> None:
    if shell.device.text() != shell.switch.startup:
        answer = await shell.ask("\nSystem configuration has been modified. Save? [yes/no]: ")
        if answer.strip().lower().startswith("y"):
            shell.say(save(shell))


@command("reload")
async def reload(shell: IosShell, typed: Match) -> str:
    """Restart now."""
    await _offer_to_save(shell)
    if await shell.confirm("Proceed with reload? [confirm]"):
        shell.closing = True
        shell.switch.reload()
    return ""


@command("reload in (<1-34559>|<time>) [<line>]")
async def reload_in(shell: IosShell, typed: Match) -> str:
    """Restart in some minutes, or hours and minutes."""
    hours, _, minutes = typed.values[0].rpartition(":")
    total = int(hours or 0) * 60 + int(minutes)
    await _offer_to_save(shell)
    shell.say(_scheduled(shell, total * 60))
    if not await shell.confirm("Proceed with reload? [confirm]"):
        return ""
    for timer in [timer for timer in shell.switch.timers if timer.what == "reload"]:
        timer.cancel()
    shell.switch.schedule(total * 60, shell.switch.reload, what="reload")
    return f"\n\n***\n*** --- SHUTDOWN in {total // 60}:{total % 60:02}:00 ---\n***\n"


@command("reload cancel")
async def reload_cancel(shell: IosShell, typed: Match) -> str:
    """Do not restart after all."""
    timers = [timer for timer in shell.switch.timers if timer.what == "reload"]
    if not timers:
        return "%No reload is scheduled.\n"
    for timer in timers:
        timer.cancel()
    return "\n\n***\n*** --- SHUTDOWN ABORTED ---\n***\n"


@command("show reload", level=1)
async def show_reload(shell: IosShell, typed: Match) -> str:
    """Whether a restart is due."""
    timer = next((timer for timer in shell.switch.timers if timer.what == "reload"), None)
    if timer is None:
        return "No reload is scheduled.\n"
    return _scheduled(shell, timer.remaining)


def _scheduled(shell: IosShell, seconds: float) -> str:
    when = datetime.now(UTC) + timedelta(seconds=seconds)
    minutes, rest = divmod(int(seconds), 60)
    left = f"{minutes} minutes" + (f" and {rest} seconds" if rest else "")
    return (
        f"Reload scheduled for {when:%H:%M:%S UTC %a %b %d %Y} (in {left}) by {shell.user} on vty0\n"
        "Reload reason: Reload Command\n"
    )
