"""The demo's output as a picture, for documents."""

import re
from io import StringIO

from rich.console import Console

COLUMNS = 100

FONTS = "DejaVu Sans Mono, Menlo, Consolas, monospace"


class Picture:
    """A terminal that is not there, and what was written on it."""

    def __init__(self) -> None:
        self.console = Console(
            file=StringIO(), record=True, force_terminal=True, width=COLUMNS, color_system="truecolor", highlight=False, markup=False, emoji=False
        )

    def svg(self) -> str:
        """Return it as SVG, in fonts that are there already instead of one from the network."""
        drawn = self.console.export_svg(title="recollect demo", unique_id="demo")
        return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL).replace("Fira Code, monospace", FONTS)
