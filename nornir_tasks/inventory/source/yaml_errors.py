"""Why a file is not YAML, in words for people: which line, what is there, and what one does about it."""

import re

import yaml
from yaml.reader import Reader

LineFoundAdvice = tuple[int, str, str]  # line, found, advice

TABS = "indent with blanks, never with tabs"
# What the parser says, and what is nearly always the reason.
REASONS = (
    ("mapping values are not allowed", "a value with a colon wants quotes; else look at the indentation"),
    ("character that cannot start any token", "a value that begins with @, % or ` wants quotes"),
    ("tab character", TABS),
    ("undefined alias", "*name repeats what &name marks, above it and in the same file"),
    ("duplicate anchor", "give each &name once in a file"),
    ("expected <document start>", "one document a file: take out what follows after the line of dots"),
    ("another document", "one document a file: take out the second ---, or split the file"),
    ("incompatible YAML document", "take the line %YAML out"),
    ("did not find expected ','", "close the bracket that is open here or above, or put the comma in"),
    ("could not find expected ':'", "each line of a mapping is `key: value`; text over several lines wants quotes"),
    ("did not find expected key", "look at this line's indentation and quotes, and at the line above"),
    ("did not find expected '-'", "each line of a list begins with a dash, all in one column"),
    ("unexpected end of stream", "a quote is opened and not closed, here or above"),
    ("end of stream", "a bracket or a quote is open, here or above"),
    ("unknown escape character", "a backslash in double quotes is doubled; single quotes take it as it is"),
    ("an alias inside of what it stands for", "take the alias out, or write out what is meant"),
)  # fmt: skip
CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
INVISIBLE = re.compile("[\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff]")
MAX_DEPTH = 100  # brackets within brackets: no inventory needs as many


def describe_undecodable(raw: bytes, error: UnicodeDecodeError) -> LineFoundAdvice:
    """Line, what is there and advice, of a file in another encoding than UTF-8, or of no text at all."""
    line = raw.count(b"\n", 0, error.start) + 1
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return 1, "a file in UTF-16", "save it as UTF-8"
    byte = f"the byte 0x{raw[error.start]:02x}"
    if b"\0" in raw:
        return line, f"{byte}: this is no text", "move it out of the inventory"
    letter = raw[error.start : error.start + 1].decode("cp1252", errors="replace")
    latin_1 = f" ({letter} in Latin-1)" if letter.isalpha() else ""
    return line, f"{byte}{latin_1}, which is no UTF-8", "save it as UTF-8"


def describe_unparsable(text: str, error: yaml.YAMLError) -> LineFoundAdvice:
    """Line, what is there and advice, of a file that is text and no YAML."""
    conflict = CONFLICT.search(text)
    if conflict:
        return (
            _count_line(text, conflict.start()),
            f"{conflict[1]}, the mark of a merge",
            "settle the merge, line by line",
        )
    if not isinstance(error, yaml.MarkedYAMLError) or not error.problem_mark:
        control = Reader.NON_PRINTABLE.search(text)
        if control:
            return _count_line(text, control.start()), f"the control character U+{ord(control[0]):04X}", "take it out"
        return 0, f"what is not YAML ({str(error).splitlines()[0]})", ""
    mark, problem = error.problem_mark, (error.problem or "").removeprefix("but ").removeprefix("found ")
    lines = text.splitlines()
    line = "".join(lines[mark.line : mark.line + 1])
    # libyaml may report an invisible character one line too late.
    searched = ((number, INVISIBLE.search(line)) for number, line in enumerate(lines[: mark.line + 1]))
    unseen_character = next(
        ((number, character) for number, character in searched if character and number >= mark.line - 1), None
    )
    advice = next((words for part, words in REASONS if part in problem), "")
    if unseen_character:
        number, character = unseen_character
        code_point = f"U+{ord(character[0]):04X} in line {number + 1}, column {character.start() + 1}"
        advice = f"{code_point} looks like a blank or like nothing; take it out"
    elif "\t" in line[: len(line) - len(line.lstrip())]:
        advice = TABS
    return mark.line + 1, f"what is not YAML in column {mark.column + 1} ({problem})", advice


def find_too_deep_line(text: str) -> int:
    """The line in which brackets stand too deep within each other; 0 where it is something else."""
    depth = 0
    for bracket in re.finditer(r"[\[{}\]]", text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_DEPTH:
            return _count_line(text, bracket.start())
    return 0


def _count_line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
