"""Running a page: its Python and its commands, from top to bottom, in the folder of the moment."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from .pages import Block, blocks

OURS = re.compile(r"(^|[|;&(]) *recollect\b")
SECONDS = 120


def run_page(text, page):
    """Run a page's blocks, with one namespace and one environment for all. What fails is raised with the page and the line."""
    namespace = {"__name__": "__main__"}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RECOLLECT")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    environment["HOME"] = str(Path.cwd())
    for block in blocks(text):
        if block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), namespace)
        elif block.language == "console":
            run_commands(block, page, environment)


def run_commands(block: Block, page, environment):
    """Run the commands of a block that are ours, and follow its exports."""
    for command in block.commands:
        if command.startswith("export "):
            environment.update(word.split("=", 1) for word in shlex.split(command)[1:])
        elif OURS.search(command):
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            assert done.returncode == 0, f"{page}, block on line {block.line}: `{command}` ended with {done.returncode}:\n{done.stdout}{done.stderr}"
