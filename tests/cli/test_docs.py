"""docs/cli.md has every command and option, and shows what they really write."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from recollect.cli import app

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OPTIONS = sorted(
    {
        (name, word)
        for name, command in app.commands.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
        for word in option.opts
    }
)


def examples():
    """Return the page's commands, each with the output that the page shows."""
    found = []
    for block in CONSOLE.findall(PAGE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown.strip("\n")))
    return found


@pytest.mark.parametrize("name", sorted(app.commands))
def test_every_command_has_its_place_and_its_use(name):
    headings = [line for line in PAGE.splitlines() if line.startswith("## ")]
    assert any(f"`recollect {name}`" in heading for heading in headings)
    assert re.search(rf"(^\$ |[|;(] ?)recollect {name}\b", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_every_option_is_described(name, option):
    text = CONSOLE.sub("", PAGE)
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    own = next(section for section in sections[1:] if f"`recollect {name}`" in section.partition("\n")[0])
    shared = sections[0] if option in ("--url", "--tenant", "--keys", "--json") else ""
    assert re.search(rf"`[^`\n]*{option}\b[^`\n]*`", own + shared), f"recollect {name} {option} is not in docs/cli.md"


def test_the_shared_options_are_on_every_command_that_the_page_says():
    for name, command in app.commands.items():
        words = {word for option in command.params for word in option.opts}
        assert {"--url", "--tenant"} <= words or name in ("demo", "copy", "restore", "keys", "model", "schema", "completion")
        assert "--json" in words or name in ("keys", "model", "completion")


def test_the_page_shows_what_the_commands_write(tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RECOLLECT")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    assert examples()
    for command, shown in examples():
        if command.startswith("export "):
            environment.update([command.removeprefix("export ").split("=", 1)])
            continue
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        written = done.stdout.strip("\n")
        pattern = "[^\n]*".join(re.escape(part) for part in shown.split("…"))
        assert re.fullmatch(pattern, written), f"$ {command}\n{written}"
