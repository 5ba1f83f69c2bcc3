"""Checkpoints are signed notes as C2SP has them: by the published example, and by another implementation of Ed25519."""

import base64
import hashlib
import json
import time

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from nornir_tasks.journal.checkpoint import Checkpoint, find_notes
from nornir_tasks.journal.merkle import hash_leaf
from nornir_tasks.journal.signed_note import NoteError, SigningKey, VerifierKey

# The example of Go's sumdb/note, which other implementations are tested with, too.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
KEY = SigningKey("fellesdrift/0000abcd", bytes(range(32)))


def test_the_published_example() -> None:
    """Read, and made anew to the byte."""
    key = VerifierKey.parse(VKEY)
    assert str(key) == VKEY
    assert key.open(f"{TEXT}\n{SIGNED}") == TEXT
    signer = SigningKey.parse(SKEY + "\n")
    assert (signer.text, str(signer.verifier)) == (SKEY, VKEY)
    assert signer.sign(TEXT) == f"{TEXT}\n{SIGNED}"


def test_other_signatures_are_passed_over() -> None:
    """A witness's, before or after ours; alone it is none of ours."""
    key = VerifierKey.parse(VKEY)
    assert key.open(f"{TEXT}\n{ENOCH}{SIGNED}") == key.open(f"{TEXT}\n{SIGNED}{ENOCH}") == TEXT
    with pytest.raises(NoteError, match=r"expected it signed by PeterNeumann\+c74f20a3, found EnochRoot\+af0cfe78"):
        key.open(f"{TEXT}\n{ENOCH}")


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}{SIGNED}",
        f"\n{SIGNED}",
        f"{TEXT}\n{SIGNED}".rstrip("\n"),
        f"{TEXT}\n{SIGNED}\n",
        f"{TEXT}\nby hand\n{SIGNED}",
        f"{TEXT}\n{SIGNED.replace('—', '-')}",
        f"{TEXT}\n{SIGNED.replace('x08g', 'x08*')}",
        f"{TEXT}\r\n{SIGNED}",
        f"{TEXT.replace('think', 'thin')}\n{SIGNED}",
        f"{TEXT}\n{SIGNED.replace('nAM=', 'nAQ=')}",
        f"{TEXT}\n{SIGNED}{SIGNED.replace('nAM=', 'nAQ=')}",
        f"{TEXT}\n{SIGNED.replace('PeterNeumann', 'PeterNeuman')}",
        f"{TEXT}\n{SIGNED.replace('x08g', 'x08h')}",
    ],
)
def test_what_is_no_signed_note(note: str) -> None:
    """Not of this form, of another text, by another key."""
    with pytest.raises(NoteError):
        VerifierKey.parse(VKEY).open(note)


def test_a_key_that_was_not_copied_whole() -> None:
    """Cut anywhere, or with any letter changed, it is no key; and the private one is not repeated."""
    for start in range(len(VKEY)):
        for end in range(start, len(VKEY) + 1):
            if (start, end) != (0, len(VKEY)):
                with pytest.raises(NoteError):
                    VerifierKey.parse(VKEY[start:end])
    for at in range(len(SKEY)):
        changed = SKEY[:at] + chr(ord(SKEY[at]) + 1) + SKEY[at + 1 :]
        with pytest.raises(NoteError) as refused:
            SigningKey.parse(changed)
        assert "AYEKFALV" not in str(refused.value)
    assert "AYEKFALV" not in repr(SigningKey.parse(SKEY))


def test_a_checkpoint_is_read_by_others() -> None:
    """As a municipality would check it, with nothing of ours: the lines, the key's id, the signature."""
    root = hash_leaf(b"an event")
    note = KEY.sign(Checkpoint(KEY.name, 120, root).text)
    text, _, signature = note.partition("\n\n")
    assert text.split("\n") == ["fellesdrift/0000abcd", "120", base64.b64encode(root).decode()]
    dash, name, encoded = signature.rstrip("\n").split(" ")
    name_of_key, key_id, public = str(KEY.verifier).split("+", 2)
    assert (dash, name, name_of_key) == ("\u2014", KEY.name, KEY.name)
    raw, key = base64.b64decode(encoded), base64.b64decode(public)
    assert raw[:4].hex() == key_id == hashlib.sha256(KEY.name.encode() + b"\n" + key).hexdigest()[:8]
    assert (key[:1], len(key), len(raw)) == (b"\1", 33, 68)
    VerifyKey(key[1:]).verify(f"{text}\n".encode(), raw[4:])
    with pytest.raises(BadSignatureError):
        VerifyKey(key[1:]).verify(f"{text.replace('120', '121')}\n".encode(), raw[4:])


def test_the_example_of_the_specification() -> None:
    """Its lines, and what else may stand there."""
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    checkpoint = Checkpoint.read(note)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert f"{checkpoint.text}\n" == note[: note.index("—")]
    extended = note.replace("q2I=\n", "q2I=\nan extension\n")
    assert Checkpoint.read(extended) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        "a\n01\n{}\n",
        "a\n-1\n{}\n",
        "a\none\n{}\n",
        "a\n1\n{}AA=\n",
        "a\n1\nAAAA\n",
        "a\n1\n{}\n\nb\n",
        "\n1\n{}\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    """Whoever signed it."""
    note = KEY.sign(text.format(base64.b64encode(bytes(32)).decode()))
    with pytest.raises(NoteError, match="expected a"):
        Checkpoint.read(note, KEY.verifier)


def test_checkpoints_are_found_in_a_report() -> None:
    """On a page, in JSON, in a mail with the line ends of another world; each as it was signed."""
    first, second = (KEY.sign(Checkpoint(KEY.name, size, bytes(32)).text) for size in (3, 40))
    text = f"<pre>\n{first}</pre> and\n" + '{"checkpoint": "' + second.replace("\n", "\\n") + '"}\n'
    assert find_notes(text) == [first, second]
    assert find_notes(first.replace("\n", "\r\n")) == [first]
    assert find_notes("no checkpoint\n3\n") == []
    assert find_notes(json.dumps({"checkpoint": first})) == [first]


@pytest.mark.parametrize("part", ["x", "x\n1\n" + "A" * 43 + "=\n", "— a "], ids=["a line", "lines", "signers"])
def test_a_long_text_is_looked_through_at_once(part: str) -> None:
    """A page with a picture in one line, or one that was made to take for ever, which it did."""
    note = KEY.sign(Checkpoint(KEY.name, 3, bytes(32)).text)
    began = time.monotonic()
    assert find_notes(part * (2_000_000 // len(part)) + "\n\n" + note) == [note]
    assert time.monotonic() - began < 20
