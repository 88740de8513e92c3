"""The picture of the demo in the README. ``python -m tests.docs.picture`` draws it anew."""

import re
from contextlib import chdir
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from recollect.cli.demo.tour import run
from recollect.cli.output import Output

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "demo.svg"

FONTS = "DejaVu Sans Mono, Menlo, Consolas, monospace"
"""Those that are there already, instead of one from the network."""


def draw() -> str:
    """Run the demo, and return its output as SVG."""
    console = Console(
        file=StringIO(), record=True, force_terminal=True, width=100, color_system="truecolor", highlight=False, markup=False, emoji=False
    )
    with TemporaryDirectory() as folder, chdir(folder):
        run(Path("support.db"), Output(as_json=False, console=console))
    drawn = console.export_svg(title="recollect demo", unique_id="demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL).replace("Fira Code, monospace", FONTS)


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
