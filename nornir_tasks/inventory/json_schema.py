"""JSON Schemas of the inventory's files, made from the model: editors complete what is typed, and mark what is wrong.

A schema knows the form of one file. Whether what several files say fits together, only ``check`` knows.
"""

import ast
import inspect
import io
import json
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from nornir_tasks.core import atomic_write
from nornir_tasks.model.entries import HostEntry, ServerEntry, SwitchEntry
from nornir_tasks.model.municipality import HABITS, Municipality
from nornir_tasks.model.standard import Frozen, Standard
from nornir_tasks.model.words import KINDS, PATTERNS

FOLDER = Path(".schema")  # within the inventory; hidden, because Ansible takes any other JSON there for an inventory
DIALECT = "http://json-schema.org/draft-07/schema#"  # what editors' YAML servers know best
Schema = dict[str, Any]

FREE = "^ansible_|[^_]__+[^_]"  # Ansible's own variables, and those of roles: their argument_specs check them
NAME = r"^[a-z][a-z0-9_-]*$"
NETWORK = r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"
NETWORKS = KINDS[next(kind for kind in KINDS if getattr(kind, "__name__", "") == "IPv4Network")]


class _Untitled(GenerateJsonSchema):
    """Without a title for each field: ``Mbps Per Client`` says no more than its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No field has one."""
        return False


def schemas() -> dict[str, Schema]:
    """File name to schema, one for each kind of file in the inventory."""
    models: list[type[Frozen]] = [Standard, Municipality, SwitchEntry, ServerEntry, HostEntry]
    _, made = models_json_schema(
        [(model, "validation") for model in models],
        schema_generator=_Untitled,
        ref_template="#/definitions/{model}",
    )
    definitions: dict[str, Schema] = made["$defs"]
    for model in _below(Frozen):
        if model.__name__ in definitions:
            _describe(definitions[model.__name__], model)
    _sharpen(definitions)
    standard, municipality, switch, server, common = (definitions[model.__name__]["properties"] for model in models)
    municipality = {key: value for key, value in municipality.items() if key != "name"}  # the group's own
    shared = {"eapi_port": common["eapi_port"]}
    everyone = {**standard, **shared}
    home = {**municipality, **everyone}
    host = {**server, **switch, **standard}
    group = _group(host, home, hosts=True)
    bare = _group(host, home, hosts=False)
    group_of = {"type": "object", "patternProperties": {NAME: {"$ref": "#/definitions/group"}}}
    return {
        f"{name}.schema.json": _whole(text, body, {**definitions, **more})
        for name, text, body, more in (
            ("standard", "group_vars/all: what holds for the whole region.", _variables(everyone), {}),
            ("municipality", "group_vars of a municipality: its sites, cables and programme.", _variables(home), {}),
            ("host", "host_vars: what one host has otherwise than its groups.", _variables(host), {}),
            ("hosts", "municipalities: who is there, and in which groups.", group_of, {"group": group}),
            ("groups", "groups.yml: the group tree, without hosts.", group_of, {"group": bare}),
        )
    }


def write(folder: Path) -> list[Path]:
    """Write them all; gives the files whose text has changed."""
    texts = {folder / name: as_text(schema) for name, schema in schemas().items()}
    changed = {file: text for file, text in texts.items() if not file.exists() or file.read_text("utf-8") != text}
    atomic_write.write(changed)
    return list(changed)


def as_text(schema: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _whole(text: str, body: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """A schema with the definitions that it comes to, and no others."""
    kept: dict[str, Schema] = {}
    waiting = list(_referred(body))
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = definitions[name]
            waiting += _referred(kept[name])
    whole = {"$schema": DIALECT, "title": text.partition(":")[0], "description": text, **body}
    return {**whole, "definitions": dict(sorted(kept.items()))}


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield str(value["$ref"]).rpartition("/")[2]
        for part in value.values():
            yield from _referred(part)
    elif isinstance(value, list):
        for part in value:
            yield from _referred(part)


def _variables(properties: Schema) -> Schema:
    """A mapping of variables: these, Ansible's own and those of roles. None of them must stand in this very file."""
    return {
        "type": ["object", "null"],
        "properties": properties,
        "patternProperties": {FREE: {}},
        "additionalProperties": False,
    }


def _group(host: Schema, variables: Schema, *, hosts: bool) -> Schema:
    """A group as Ansible's YAML inventories have it."""
    parts: Schema = {
        "vars": {**_variables(variables), "description": "Variables of the group; files in group_vars override them."},
        "children": {
            "description": "Groups within this one.",
            "type": ["object", "null"],
            "patternProperties": {NAME: {"$ref": "#/definitions/group"}},
            "additionalProperties": False,
        },
    }
    if hosts:
        parts["hosts"] = {
            "description": "Hosts by name, or by a range of names such as loppa-acc-[01:08].",
            "type": ["object", "null"],
            "additionalProperties": {
                **_variables(host),
                "description": "What the host says of itself: where it is, what it is, what is attached to it.",
            },
        }
    text = "A group of hosts; a host may be in several, and many files may speak of one group."
    return {"description": text, "type": ["object", "null"], "properties": parts, "additionalProperties": False}


def _describe(definition: Schema, model: type[Frozen]) -> None:
    """Give each field the comment that stands beside it, or above it."""
    definition["description"] = str(definition.get("description", "")).replace("``", "`")
    for base in reversed(model.__mro__):
        if issubclass(base, Frozen):
            for field, comment in _comments(base).items():
                if field in definition["properties"]:
                    definition["properties"][field]["description"] = comment


def _comments(model: type[Frozen]) -> dict[str, str]:
    """Field to comment, as they stand in the source."""
    source = inspect.cleandoc("\n" + inspect.getsource(model))
    said: dict[int, str] = {}
    alone: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            said[token.start[0]] = token.string.lstrip("# ")
            if token.line.lstrip().startswith("#"):
                alone.add(token.start[0])
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            above = node.lineno - 1
            while above in alone:
                above -= 1
            lines = [*range(above + 1, node.lineno), *range(node.lineno, (node.end_lineno or node.lineno) + 1)]
            text = " ".join(said[line] for line in lines if line in said)
            if text:
                found[node.target.id] = text
    return found


def _below(model: type[Frozen]) -> Iterator[type[Frozen]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def _sharpen(value: Any) -> None:
    """Say what pydantic leaves unsaid: the form of networks and keys, and in whose words an editor may complain."""
    for schema in _each(value):
        either = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
        if len(either) == 1:  # "or nothing": said so that an error is marked where it is, and not at the whole
            del schema["anyOf"]
            kind = {"type": [either[0]["type"], "null"]} if "type" in either[0] else {}
            schema.update({**either[0], **kind})
        if schema.get("format") == "ipv4network":
            del schema["format"]
            schema.update({"pattern": NETWORK, "patternErrorMessage": f"expected {NETWORKS}"})
        if schema.get("pattern") in PATTERNS:
            schema["patternErrorMessage"] = f"expected {PATTERNS[schema['pattern']]}"
        if "patternProperties" in schema:
            schema["additionalProperties"] = False
    value["Legacy"]["properties"]["vlans"]["propertyNames"] = {"pattern": r"^\d{1,4}$"}
    value["Legacy"]["properties"]["habits"]["items"] = {"enum": sorted(HABITS)}


def _each(value: Any) -> Iterable[Schema]:
    if isinstance(value, dict):
        yield value
        for part in list(value.values()):
            yield from _each(part)
    elif isinstance(value, list):
        for part in value:
            yield from _each(part)
