"""JSON Schemas of the inventory's files, made from the model: editors complete what is typed, and mark what is wrong.

A schema describes a single file. Whether several files fit together, ``check`` tells.
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
from nornir_tasks.core.bounds import read_text
from nornir_tasks.model.entries import HostEntry, ServerEntry, SwitchEntry
from nornir_tasks.model.fields import Frozen
from nornir_tasks.model.municipality import HABITS, Municipality
from nornir_tasks.model.standard import Standard
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


def build_schemas() -> dict[str, Schema]:
    """File name to schema, one for each kind of file in the inventory."""
    models: list[type[Frozen]] = [Standard, Municipality, SwitchEntry, ServerEntry, HostEntry]
    _, combined = models_json_schema(
        [(model, "validation") for model in models],
        schema_generator=_Untitled,
        ref_template="#/definitions/{model}",
    )
    definitions: dict[str, Schema] = combined["$defs"]
    for model in _walk_subclasses(Frozen):
        if model.__name__ in definitions:
            _add_descriptions(definitions[model.__name__], model)
    _sharpen(definitions)
    standard, municipality, switch, server, common = (definitions[model.__name__]["properties"] for model in models)
    municipality = {key: value for key, value in municipality.items() if key != "name"}  # the group's own
    shared_variables = {"eapi_port": common["eapi_port"]}
    any_variables = {**standard, **shared_variables}
    municipality_variables = {**municipality, **any_variables}
    host_variables = {**server, **switch, **standard}
    group = _build_group(host_variables, municipality_variables, hosts=True)
    hostless_group = _build_group(host_variables, municipality_variables, hosts=False)
    group_of = {"type": "object", "patternProperties": {NAME: {"$ref": "#/definitions/group"}}}
    return {
        f"{name}.schema.json": _complete_schema(text, body, {**definitions, **extra_definitions})
        for name, text, body, extra_definitions in (
            ("standard", "group_vars/all: what holds for the whole region.", _build_variables(any_variables), {}),
            (
                "municipality",
                "group_vars of a municipality: its sites, cables and programme.",
                _build_variables(municipality_variables),
                {},
            ),
            ("host", "host_vars: what one host has otherwise than its groups.", _build_variables(host_variables), {}),
            ("hosts", "municipalities: who is there, and in which groups.", group_of, {"group": group}),
            ("groups", "groups.yml: the group tree, without hosts.", group_of, {"group": hostless_group}),
        )
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write them all; gives the files whose text has changed."""
    texts = {folder / name: format_schema(schema) for name, schema in build_schemas().items()}
    changed = {file: text for file, text in texts.items() if not file.exists() or read_text(file) != text}
    atomic_write.write(changed)
    return list(changed)


def format_schema(schema: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _complete_schema(text: str, body: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """A complete schema, with those of the definitions that it refers to."""
    used_definitions: dict[str, Schema] = {}
    waiting_names = list(_find_references(body))
    while waiting_names:
        name = waiting_names.pop()
        if name not in used_definitions:
            used_definitions[name] = definitions[name]
            waiting_names += _find_references(used_definitions[name])
    complete = {"$schema": DIALECT, "title": text.partition(":")[0], "description": text, **body}
    return {**complete, "definitions": dict(sorted(used_definitions.items()))}


def _find_references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield str(value["$ref"]).rpartition("/")[2]
        for part in value.values():
            yield from _find_references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _find_references(part)


def _build_variables(properties: Schema) -> Schema:
    """A mapping of variables: these, Ansible's own and those of roles. None of them must stand in this very file."""
    return {
        "type": ["object", "null"],
        "properties": properties,
        "patternProperties": {FREE: {}},
        "additionalProperties": False,
    }


def _build_group(host: Schema, variables: Schema, *, hosts: bool) -> Schema:
    """A group as Ansible's YAML inventories have it."""
    parts: Schema = {
        "vars": {
            **_build_variables(variables),
            "description": "Variables of the group; files in group_vars override them.",
        },
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
                **_build_variables(host),
                "description": "What the host says of itself: where it is, what it is, what is attached to it.",
            },
        }
    text = "A group of hosts; a host may be in several, and many files may speak of one group."
    return {"description": text, "type": ["object", "null"], "properties": parts, "additionalProperties": False}


def _add_descriptions(definition: Schema, model: type[Frozen]) -> None:
    """Give each field the comment that stands beside it, or above it."""
    definition["description"] = str(definition.get("description", "")).replace("``", "`")
    for base in reversed(model.__mro__):
        if issubclass(base, Frozen):
            for field, comment in _read_comments(base).items():
                if field in definition["properties"]:
                    definition["properties"][field]["description"] = comment


def _read_comments(model: type[Frozen]) -> dict[str, str]:
    """Field to comment, from the source code of a model."""
    source = inspect.cleandoc("\n" + inspect.getsource(model))
    comments: dict[int, str] = {}
    whole_lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.string.lstrip("# ")
            if token.line.lstrip().startswith("#"):
                whole_lines.add(token.start[0])
    field_comments = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            above = node.lineno - 1
            while above in whole_lines:
                above -= 1
            lines = [*range(above + 1, node.lineno), *range(node.lineno, (node.end_lineno or node.lineno) + 1)]
            text = " ".join(comments[line] for line in lines if line in comments)
            if text:
                field_comments[node.target.id] = text
    return field_comments


def _walk_subclasses(model: type[Frozen]) -> Iterator[type[Frozen]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from _walk_subclasses(subclass)


def _sharpen(value: Any) -> None:
    """Add what pydantic leaves out: the form of networks and keys, and the model's words for an editor's messages."""
    for schema in _walk_schemas(value):
        alternatives = [alternative for alternative in schema.get("anyOf", ()) if alternative != {"type": "null"}]
        if len(alternatives) == 1:  # "or nothing": said so that an error is marked where it is, and not at the whole
            del schema["anyOf"]
            type_entry = {"type": [alternatives[0]["type"], "null"]} if "type" in alternatives[0] else {}
            schema.update({**alternatives[0], **type_entry})
        if schema.get("format") == "ipv4network":
            del schema["format"]
            schema.update({"pattern": NETWORK, "patternErrorMessage": f"expected {NETWORKS}"})
        if schema.get("pattern") in PATTERNS:
            schema["patternErrorMessage"] = f"expected {PATTERNS[schema['pattern']]}"
        if "patternProperties" in schema:
            schema["additionalProperties"] = False
    value["Legacy"]["properties"]["vlans"]["propertyNames"] = {"pattern": r"^\d{1,4}$"}
    value["Legacy"]["properties"]["habits"]["items"] = {"enum": sorted(HABITS)}


def _walk_schemas(value: Any) -> Iterable[Schema]:
    if isinstance(value, dict):
        yield value
        for part in list(value.values()):
            yield from _walk_schemas(part)
    elif isinstance(value, list):
        for part in value:
            yield from _walk_schemas(part)
