"""What the documentation shows runs, and what it names is there."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

import recollect
from recollect.cli import app
from servers import mariadb, postgresql, redis

from .pages import PAGES, ROOT, anchors, blocks, code, links, name
from .running import run_page

LANGUAGES = {"python", "console", "sh", "json", "sql", "text"}
"""What a block can be. Python and console blocks are run; the others are shown."""

STAND_INS = {
    "postgresql://app:secret@db.example.com/shop": postgresql,
    "mysql://app:secret@db.example.com/shop": mariadb,
    "redis://app:secret@db.example.com/0": redis,
}
"""Pages that show these URLs get an empty database of a test's server in their place."""

MACHINE = re.compile(r"(?<![\w.~])/(?:work|root|home|tmp|opt|mnt|Users)/")

every_page = pytest.mark.parametrize("page", PAGES, ids=name)


@every_page
def test_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECOLLECT_URL", raising=False)
    with ExitStack() as lent:
        text = page.read_text("utf-8")
        for form, server in STAND_INS.items():
            text = text.replace(form, lent.enter_context(server.database()) if form in text else form)
        run_page(text, name(page))


@every_page
def test_a_block_says_what_it_is(page):
    unknown = [(block.language, block.line) for block in blocks(page.read_text("utf-8")) if block.language not in LANGUAGES]
    assert unknown == []


@every_page
def test_a_console_block_has_a_command(page):
    empty = [block.line for block in blocks(page.read_text("utf-8")) if block.language == "console" and not block.commands]
    assert empty == []


@every_page
def test_a_link_leads_to_a_page_and_a_heading_that_are_there(page):
    broken = []
    for link in links(page.read_text("utf-8")):
        target, _, anchor = link.partition("#")
        path = page.parent / target if target else page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


@every_page
def test_a_page_names_no_path_of_the_machine_that_it_was_written_on(page):
    text = page.read_text("utf-8")
    assert MACHINE.findall(text) == []
    assert str(ROOT) not in text
    assert str(Path.home()) + "/" not in text


def test_every_page_is_reached_from_the_map_or_the_readme():
    reached, ahead = set(), [ROOT / "README.md", ROOT / "docs" / "index.md"]
    while ahead:
        page = ahead.pop().resolve()
        if page not in reached and page.exists():
            reached.add(page)
            ahead += [page.parent / target for link in links(page.read_text("utf-8")) if (target := link.partition("#")[0]).endswith(".md")]
    assert [name(page) for page in PAGES if page.resolve() not in reached] == []


@pytest.mark.parametrize("word", recollect.__all__)
def test_every_public_name_is_in_the_documentation_s_code(word):
    mention = re.compile(rf"(?<!\w){word}(?!\w)")
    assert any(mention.search(code(page.read_text("utf-8"))) for page in PAGES if page.parent.name != "decisions")


@pytest.mark.parametrize("command", sorted(app.commands))
def test_every_command_is_in_the_documentation_s_code(command):
    mention = re.compile(rf"recollect (?:-[^`\n]*)?{command}(?![\w-])")
    assert any(mention.search(code(page.read_text("utf-8"))) for page in PAGES)
