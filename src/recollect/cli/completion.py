"""`recollect completion`."""

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}

EXAMPLES = """\b
Examples:
  eval "$(recollect completion bash)"    in ~/.bashrc
  eval "$(recollect completion zsh)"     in ~/.zshrc
  recollect completion fish | source     in ~/.config/fish/config.fish
"""


@click.command(short_help="Print the script that completes words in a shell.", epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes this command's words in a SHELL."""
    script = SHELLS[shell](context.find_root().command, {}, "recollect", "_RECOLLECT_COMPLETE").source()
    click.echo(script)
