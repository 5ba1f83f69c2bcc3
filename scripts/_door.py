"""``import _door`` first: the script goes on under the checkout's own Python, whichever one it was started with."""

import os
import signal
import sys

if sys.argv[0].endswith(".py") and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # While a door of ours starts, Ctrl-C has nothing to put in order; ``terminal.run_guarded`` catches it again.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _open_standard_streams():
    """Let a stream that was closed (``>&-``) lead nowhere: the next file that is opened would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            stream = open(number, "w" if number else "r", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a letter is no reason to stop


_open_standard_streams()

import _bootstrap  # noqa: E402

ROOT = _bootstrap.ROOT


def enter(door):
    """Prepare what the door needs and, unless this already is the environment's Python, start it again under that."""
    try:
        os.getcwd()
    except OSError as error:
        _bootstrap.say("error: the folder that this was called in is gone (%s): cd to another" % error.strerror)
        sys.exit(1)
    try:
        python = _bootstrap.ensure("dev" if door == "test" else "run", door, sys.argv[1:])
    except _bootstrap.BootstrapError as error:
        _bootstrap.say("error: %s" % error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    binaries = os.path.dirname(python)
    if os.environ.get("PATH", "").split(os.pathsep)[0] != binaries:
        os.environ["PATH"] = binaries + os.pathsep + os.environ.get("PATH", "")
    # Children import from this checkout, too: an environment borrowed by a link knows only the one it was made for.
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in ("", ROOT)]
    os.environ["PYTHONPATH"] = os.pathsep.join([ROOT, *others])
    if not os.path.exists("ansible.cfg"):
        # Called from another directory: the checkout's own settings still hold.
        os.environ.setdefault("ANSIBLE_CONFIG", os.path.join(ROOT, "ansible.cfg"))
    if os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(binaries)):
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until the other Python has come as far as here
        os.execv(python, [python, os.path.abspath(sys.argv[0]), *sys.argv[1:]])
    sys.path.insert(0, ROOT)


enter(os.path.basename(sys.argv[0]))
