"""``scripts/inventory.py``: what the inventory says, where it says so, and what is wrong with it."""

import typer

from nornir_tasks.doors.inventory import check, diff, graph, netbox, new, schema, show, why

HELP = """The inventory: is it right, where does a value come from, what hangs on what, what would a change of it mean.

Nothing is connected to. Exit codes: 0 clean, 1 something is wrong, 2 usage, 99 differences found."""

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def door() -> None:
    """The inventory: is it right, where does a value come from, what hangs on what, what would a change of it mean."""


app.command(help=check.HELP)(check.check)
app.command(help=new.HELP)(new.new)
app.command(help=schema.HELP)(schema.schema)
app.command(help=show.HELP)(show.show)
app.command(help=why.HELP)(why.why)
app.command(help=graph.HELP)(graph.graph)
app.command("export", help=netbox.EXPORT_HELP)(netbox.export_)
app.command("import", help=netbox.IMPORT_HELP)(netbox.import_)
app.command(help=diff.HELP)(diff.diff)
