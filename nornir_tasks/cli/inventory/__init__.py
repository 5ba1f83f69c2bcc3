"""``scripts/inventory.py``: what the inventory says, where it says so, and what is wrong with it."""

from collections.abc import Callable

from nornir_tasks.cli.inventory import (
    check,
    diff,
    graph,
    names,
    netbox,
    new,
    on_call,
    reach,
    schema,
    services,
    show,
    why,
)
from nornir_tasks.cli.terminal import Door

HELP = """The inventory: is it right, where does a value come from, what hangs on what, what would a change of it mean.
Nothing is connected to.

Exit codes: 0 clean, 1 something is wrong, 2 usage, 3 differences found."""

app = Door(help=HELP, no_args_is_help=True, rich_markup_mode=None)


COMMANDS: tuple[tuple[str, Callable[..., None], str, str], ...] = (
    ("check", check.check, check.HELP, "everything that is wrong, at once"),
    ("show", show.show, show.HELP, "a switch or server on one screen"),
    ("why", why.why, why.HELP, "which file and line gave a value, and what it overrode"),
    ("reach", reach.reach, reach.HELP, "who reaches whom, hop by hop, and on which line"),
    ("services", services.services, services.HELP, "each user group by each application: who reaches what"),
    ("names", names.names, names.HELP, "what applications are called, and where that leads"),
    ("on-call", on_call.on_call, on_call.HELP, "whom to call, and whom then"),
    ("graph", graph.graph, graph.HELP, "a picture of the region, a municipality or a site"),
    ("diff", diff.diff, diff.HELP, "what a change since a git revision means"),
    ("new", new.new, new.HELP, "a draft of a municipality"),
    ("export", netbox.export_, netbox.EXPORT_HELP, "CSV files for NetBox"),
    ("import", netbox.import_, netbox.IMPORT_HELP, "CSV files from NetBox"),
    ("schema", schema.schema, schema.HELP, "the JSON Schemas, for editors"),
)
for name, command, text, short in COMMANDS:
    app.command(name, help=text, short_help=short)(command)
