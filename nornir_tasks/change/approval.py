"""Approvals: SSH signatures over a plan's digest, by those whom the file of allowed signers lets approve such a plan.

``ssh-keygen`` signs, and ``ssh-keygen`` says whose signature it is and whether it counts: its ALLOWED SIGNERS format
(see ssh-keygen(1)) is the only list of who may approve what. A name that somebody types proves nothing and is never
asked for. An approval is looked at anew whenever it is counted, so a key that is taken off the list takes its
approvals with it.
"""

import re
import string
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from nornir_tasks.change.plan import Plan
from nornir_tasks.core import state
from nornir_tasks.core.bounds import MB, AnswerTooLong, read_text, run_program
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Stage

DOMAIN = "fellesdrift"
PLAIN = frozenset(string.ascii_letters + string.digits + ".@_-+")  # of a name, beside the Latin letters of any language
PROGRAM, PROGRAM_BYTES = "ssh-keygen", MB
GOOD = re.compile(r"^Good .* signature with \S+ key (SHA256:\S+)$", re.MULTILINE)


class ApprovalError(FellesdriftError):
    """An approval that does not count: names the plan, what was expected, what was found and what to type."""


class NotCounted(ApprovalError):
    """A signature that is no approval of this plan: another's, or by somebody who may not."""


def namespace(plan: Plan) -> str:
    """What a signature is for: ``cutover.loppa.fellesdrift``; the list's ``namespaces`` are compared with it."""
    word = Stage(plan.stage).word if plan.kind == "stage" else plan.kind
    return f"{word}.{plan.municipality}.{DOMAIN}"


def message(plan: Plan) -> str:
    """What is signed."""
    return f"{DOMAIN} plan {plan.digest}\n"


def sign(plan: Plan, key: Path) -> str:
    """Sign a plan with a private key, or with a public one whose private half an agent holds.

    A passphrase is asked for on the terminal, by ssh-keygen itself.

    Raises:
        ApprovalError: nothing was signed.
    """
    with tempfile.TemporaryDirectory(prefix="fellesdrift-") as folder:
        text = Path(folder) / "plan"
        text.write_text(message(plan))
        done = _run(["-Y", "sign", "-f", str(key), "-n", namespace(plan), str(text)])
        if done.returncode:
            raise ApprovalError(
                f"plan {plan.id}: expected a signature with the key {key}, {PROGRAM} says: {_words(done)}. "
                "Nothing was approved. A key is made with: ssh-keygen -t ed25519"
            )
        return read_text(text.with_name("plan.sig"), PROGRAM_BYTES)


def record_approval(context: Context, plan: Plan, signature: str, reason: str) -> str:
    """Take an approval: look whose it is, and write it into the journal. The answer is the signer's name.

    Args:
        context: whose journal is written.
        plan: that was read.
        signature: armoured, as ``ssh-keygen -Y sign`` writes it, of ``message(plan)``.
        reason: the signer's own, for those who read the journal.

    Raises:
        ApprovalError: it does not count, and was not written.
    """
    if not reason.strip():
        raise ApprovalError(f"plan {plan.id}: expected a reason for the approval, found none")
    if plan.expires and datetime.now(UTC) >= datetime.fromisoformat(plan.expires):
        raise ApprovalError(f"plan {plan.id}: expired at {plan.expires}. Make a new plan, and read it.")
    fingerprint, names = _judge(context, plan, signature)
    _require_other_than_maker(context, plan, names)
    for entry, key, others in _find_counted(context, plan):
        if key == fingerprint or not _fold(names).isdisjoint(_fold(others)):
            raise ApprovalError(
                f"plan {plan.id}: {entry.who} approved it already ({entry.at:%Y-%m-%d %H:%M} UTC). A second approval "
                "counts only from another person, with a key of their own."
            )
    who = min(names)
    checkpoint = context.journal.sign_checkpoint()  # what the journal held when this person approved
    detail = {"digest": plan.digest, "signature": signature, "key": fingerprint, "checkpoint": checkpoint}
    stage = Stage(plan.stage)
    context.journal.write(
        Entry("approval", "after", "given", plan.municipality, stage, who, reason, plan=plan.id, detail=detail)
    )
    context.journal.sign_checkpoint()
    return who


def find_approvals(context: Context, plan: Plan) -> dict[str, str]:
    """Who approves this plan, and why: every signature of the journal that counts now. Each person, and key, once."""
    return {entry.who: entry.reason for entry, _, _ in _find_counted(context, plan)}


def _find_counted(context: Context, plan: Plan) -> Iterator[tuple[Entry, str, frozenset[str]]]:
    """The approvals that count now. Shape: entry, the key's fingerprint, the names that the list gives that key."""
    keys: set[str] = set()
    people: set[str] = set()
    with context.journal.history() as history:
        numbers = list(history.plan(plan.id).approvals)
    for entry in context.journal.numbered(numbers).values():
        try:
            fingerprint, names = _judge(context, plan, str(entry.detail["signature"]))
            _require_other_than_maker(context, plan, names)
        except NotCounted:
            continue  # taken off the list since, or never good: it is not counted, and `approve` tells why it is not
        if fingerprint not in keys and people.isdisjoint(_fold(names)) and entry.who in names:
            keys.add(fingerprint)
            people |= _fold(names)
            yield entry, fingerprint, names


def _judge(context: Context, plan: Plan, signature: str) -> tuple[str, frozenset[str]]:
    """Whether a signature is one of this plan, and by whom. Shape: the key's fingerprint, and the names it stands for.

    Raises:
        NotCounted: it is not, or by nobody who may.
    """
    wanted, what = namespace(plan), f"plan {plan.id}"
    with tempfile.TemporaryDirectory(prefix="fellesdrift-") as folder:
        file = Path(folder) / "plan.sig"
        file.write_bytes(signature.encode(errors="replace"))  # of an edited journal: ssh-keygen says that it is none
        about = ["-s", str(file)]
        done = _run(["-Y", "check-novalidate", "-n", wanted, *about], message(plan))
        good = GOOD.search(done.stdout)
        if done.returncode or not good:
            raise NotCounted(
                f"{what}: expected a signature of its digest {plan.digest[:12]} for {wanted}, {PROGRAM} says: "
                f"{_words(done)}. It is another plan's, or the plan was changed: read it again, and sign it again."
            )
        allowed = _allowed(context, plan)
        where = ["-f", str(allowed)]
        done = _run(["-Y", "find-principals", *where, *about])
        names = frozenset(done.stdout.split())
        if done.returncode or not names:
            raise NotCounted(
                f"{what}: the key {good[1]} is nobody's who may approve; expected a key of {allowed}, {PROGRAM} says: "
                f"{_words(done)}"
            )
        if patterns := sorted(name for name in names if re.search(r"[*?!]", name)):
            raise NotCounted(f"{what}: {allowed}: found the pattern {patterns[0]!r} for {good[1]}, expected a name")
        for name in sorted(names):
            letters = set(unicodedata.normalize("NFC", name)) - PLAIN
            if not all(unicodedata.name(letter, "").startswith("LATIN ") for letter in letters):
                raise NotCounted(
                    f"{what}: {allowed}: found {name!a} for {good[1]}, expected a name of Latin letters, digits and "
                    ".@_-+: others can look like somebody else's"
                )
        refused = []
        for name in names:
            done = _run(["-Y", "verify", *where, *about, "-I", name, "-n", wanted], message(plan))
            if done.returncode:
                refused.append(f"{name}: {_words(done)}")
        if refused:
            raise NotCounted(
                f"{what}: {', '.join(sorted(names))} may not approve {wanted} according to {allowed}; {PROGRAM} says: "
                f"{'; '.join(sorted(refused))}"
            )
    return good[1], names


def _require_other_than_maker(context: Context, plan: Plan, names: frozenset[str]) -> None:
    """Refuse the maker's own signature, unless the policies let it count.

    Raises:
        NotCounted: one of the key's names is the maker's, with or without what follows an ``@``.
    """
    if context.region.of(plan.municipality)[0].standard.maker_may_sign:
        return
    maker = _find_person(plan.who)
    if maker in map(_find_person, names):
        raise NotCounted(
            f"plan {plan.id}: {plan.who} made it, expected somebody else's signature (maker_may_sign in policies.yml)"
        )


def _find_person(name: str) -> str:
    (folded,) = _fold([name.split("@", maxsplit=1)[0].strip()])
    return folded


def _fold(names: Iterable[str]) -> frozenset[str]:
    """Names by which people are told apart: not by capitals, nor by how a letter is encoded."""
    return frozenset(unicodedata.normalize("NFKC", name).casefold() for name in names)


def _allowed(context: Context, plan: Plan) -> Path:
    """The list that holds for the plan's municipality."""
    named = {device.standard.allowed_signers for device in context.region.of(plan.municipality)}
    if len(named) != 1:
        lists = ", ".join(sorted(named)) or "none"
        raise ApprovalError(f"{plan.municipality}: allowed_signers: found {lists}, expected one for all its switches")
    file = state.ROOT / named.pop()
    if not file.is_file():
        raise ApprovalError(
            f"plan {plan.id}: allowed_signers: expected a list of who may approve at {file}, found none. "
            "See ALLOWED SIGNERS in ssh-keygen(1)"
        )
    return file


def _run(arguments: list[str], text: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run ssh-keygen, which is told no secret of ours."""
    try:
        done = run_program([PROGRAM, *arguments], text=text, env=make_child_environment(), limit=PROGRAM_BYTES)
    except AnswerTooLong as error:
        raise ApprovalError(f"{PROGRAM}: {error.strerror}, expected a few lines") from None
    except OSError as error:
        raise ApprovalError(
            f"expected the program {PROGRAM}, found none ({error.strerror}). Install it: apt-get install openssh-client"
        ) from error
    output, errors = (part.decode(errors="replace") for part in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, output, errors)


def _words(done: "subprocess.CompletedProcess[str]") -> str:
    """What ssh-keygen said, in one line."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip() and not line.startswith("Signing file")]
    return "; ".join(lines)[-300:] or f"nothing, and ended with {done.returncode}"
