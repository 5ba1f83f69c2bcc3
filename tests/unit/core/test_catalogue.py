"""The Norwegian catalogue: it has what the code has, whole, and every text that is told can be found in the code."""

import ast
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from gettext import GNUTranslations
from string import Formatter

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from nornir_tasks.core.language import CATALOGUES, DOMAIN, NORWEGIAN
from nornir_tasks.core.verdict import Rule
from nornir_tasks.health.check import REGISTRY, load_checks
from nornir_tasks.health.ongoing_changes import ChangeState
from nornir_tasks.health.service_report import Kept
from nornir_tasks.model.call_order import CallReason
from nornir_tasks.platforms.common.login_fault import LoginFault

PACKAGE = CATALOGUES.parent
KEYWORDS = {"translate": None, "mark": None, "translate_count": (1, 2)}
WRITTEN = CATALOGUES / NORWEGIAN / "LC_MESSAGES" / f"{DOMAIN}.po"
# What is translated where it is told, and comes from elsewhere as a value: which test below sees to what it holds.
VALUES = {
    ("core/verdict.py", "self.rule.wants"),  # a check's description
    ("health/check.py", "self.advice"),
    ("health/check.py", "fact.name"),
    ("health/calls.py", "call.reason"),  # a CallReason
    ("health/diagnosis.py", "cause.fault or LoginFault.OTHER"),
    ("health/ongoing_changes.py", "change.state.value"),  # a ChangeState
    ("health/service_report_text.py", "month.kept"),  # a Kept
}

ALIKE = {
    "VLAN {vlan}",
    "VLAN {vlan} ({name})",
    "over: {text}",
    "port {number}",
    "{percent} %",
    "{seconds} s",
    "{size} ({percent} %)",
}


def read_catalogue() -> Catalog:
    """The Norwegian one, as it is written."""
    with WRITTEN.open("rb") as file:
        return read_po(file)


def list_messages() -> list[Message]:
    """What it has, without its header."""
    return [message for message in read_catalogue() if message.id]


def name_id(message: Message) -> tuple[str, ...]:
    """The text in English, or both of its forms."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def list_forms(message: Message) -> tuple[str, ...]:
    """The text in Norwegian, or both of its forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def list_placeholders(text: str) -> list[str]:
    """What is filled in, with how it is formatted: each once, though it may stand there more often."""
    parts = Formatter().parse(text)
    return sorted({f"{name}!{shape}:{form}" for _, name, form, shape in parts if name is not None})


@dataclass
class Told:
    """What the code translates: texts that stand there, and arguments that are none."""

    texts: set[tuple[str, ...]] = field(default_factory=set)
    values: set[tuple[str, str]] = field(default_factory=set)


def list_marked(trees: Iterable[ast.Module]) -> set[str]:
    """Constants each of whose texts is ``mark``-ed, and classes with such members."""
    marked = set()
    for statement in (statement for tree in trees for statement in tree.body):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value and is_marked(statement.value):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            marked |= {target.id for target in targets if isinstance(target, ast.Name)}
        if isinstance(statement, ast.ClassDef):
            values = [member.value for member in statement.body if isinstance(member, ast.Assign)]
            if values and all(is_marked(value) for value in values):
                marked.add(statement.name)
    return marked


def is_marked(value: ast.expr) -> bool:
    """Whether it is ``mark(…)``, or a dictionary of such."""
    if isinstance(value, ast.Dict):
        return bool(value.values) and all(is_marked(each) for each in value.values)
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "mark"


def comes_from_mark(value: ast.expr, marked: Set[str]) -> bool:
    """Whether a value can only be such a constant, an entry of one, or nothing."""
    if isinstance(value, ast.IfExp):
        return comes_from_mark(value.body, marked) and comes_from_mark(value.orelse, marked)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
        return all(comes_from_mark(each, marked) for each in (value.func.value, *value.args[1:]))
    if isinstance(value, ast.Subscript | ast.Attribute):
        return comes_from_mark(value.value, marked)
    return (isinstance(value, ast.Name) and value.id in marked) or (isinstance(value, ast.Constant) and not value.value)


def list_local_names(function: ast.AST, marked: Set[str]) -> set[str]:
    """Names in a function that are only set to such values, or run through them."""
    bound: dict[str, list[bool]] = defaultdict(list)
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Tuple):
            name, source = node.target.elts[-1], node.iter
            if isinstance(name, ast.Name):
                of = (
                    source.func.value
                    if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute)
                    else None
                )
                bound[name.id].append(of is not None and comes_from_mark(of, marked))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            bound[node.targets[0].id].append(comes_from_mark(node.value, marked))
    return {name for name, are_marked in bound.items() if all(are_marked)}


def list_calls(tree: ast.AST, marked: Set[str]) -> Iterator[tuple[ast.Call, Set[str]]]:
    """Every call that translates, and what is known of the names where it stands."""
    for node in ast.iter_child_nodes(tree):
        known = marked | list_local_names(node, marked) if isinstance(node, ast.FunctionDef) else marked
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            yield node, known
        yield from list_calls(node, known)


def read_code() -> Told:
    """Every call of ``mark``, ``translate`` and ``translate_count`` in the package."""
    trees = {str(path.relative_to(PACKAGE)): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
    marked, told = list_marked(trees.values()), Told()
    for file, tree in trees.items():
        for call, known in list_calls(tree, marked):
            arguments = call.args[: 2 if ast.unparse(call.func) == "translate_count" else 1]
            texts = tuple(str(each.value) for each in arguments if isinstance(each, ast.Constant))
            if len(texts) == len(arguments):
                told.texts.add(texts)
            elif not comes_from_mark(arguments[0], known):
                told.values.add((file, ast.unparse(arguments[0])))
    return told


def extract() -> Iterator[tuple[str, ...]]:
    """What Babel takes out of the code; it passes a call within the braces of a formatted text over."""
    for _, _, text, _, _ in extract_from_dir(PACKAGE, keywords=KEYWORDS):
        yield (text,) if isinstance(text, str) else tuple(text)


def test_the_catalogue_has_what_the_code_has() -> None:
    """Else: ``pybabel extract`` and ``pybabel update``, as ``core/language.py`` says."""
    assert {name_id(message) for message in list_messages()} == set(extract())


def test_babel_finds_every_text() -> None:
    """Those too that stand in the braces of a formatted text, which it does not read."""
    assert read_code().texts == set(extract())


def test_every_text_is_translated() -> None:
    """Whole, in both of its forms, and by somebody who was sure."""
    for message in list_messages():
        assert all(list_forms(message)), message.id
        assert not message.fuzzy, message.id
        assert len(list_forms(message)) == len(name_id(message)), message.id


def test_what_is_filled_in_is_the_same_in_both_languages() -> None:
    """A form for one may say its number in words; each stands where it stands in English."""
    for message in list_messages():
        for english, norwegian in zip(name_id(message), list_forms(message), strict=True):
            assert list_placeholders(english) == list_placeholders(norwegian), message.id


def test_pieces_that_are_put_together_begin_and_end_alike() -> None:
    """A space at an end of a text is there for what follows it."""
    for message in list_messages():
        for english, norwegian in zip(name_id(message), list_forms(message), strict=True):
            for end in (0, -1):
                assert (english[end] == " ") == (norwegian[end] == " "), message.id


def test_what_is_read_is_what_is_written() -> None:
    """Message for message: the header of a compiled one has the time at which it was."""
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue())
    compiled.seek(0)
    with WRITTEN.with_suffix(".mo").open("rb") as file:
        read, written = (vars(GNUTranslations(each))["_catalog"] for each in (file, compiled))
    assert {key: text for key, text in read.items() if key} == {key: text for key, text in written.items() if key}


def test_what_is_translated_is_a_text_that_stands_there() -> None:
    """Or one that ``mark`` was around; of values it is listed here where they come from."""
    assert read_code().values == VALUES


def test_what_checks_and_states_are_called_is_in_the_catalogue() -> None:
    """The values that are listed."""
    for kind in ("switches", "servers", "applications"):
        load_checks(kind)
    texts = {text for message in list_messages() for text in name_id(message)}
    for check in REGISTRY.values():
        rule: Rule = check().rule
        assert {rule.wants, check.description, check.advice} <= texts, check.name
        assert {fact.name for fact in (*check.facts, *check.hints)} <= texts, check.name
    for states in (CallReason, ChangeState, Kept, LoginFault):
        assert {state.value for state in states} <= texts, states


def test_no_text_was_left_in_english() -> None:
    """What reads the same in both languages is a number, a unit, or a word that both have."""
    alike = {name_id(message)[0] for message in list_messages() if name_id(message) == list_forms(message)}
    assert alike == ALIKE
