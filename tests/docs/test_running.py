"""The harness itself: a page that is wrong must fail."""

import pytest

from .pages import anchors, blocks, code, links, prose
from .running import run_page

PAGE = """\
# A page: what it's for

See [stores](stores.md#url-forms), ![a picture](images/a.svg) and [the web](https://example.com).

```python
from recollect import Memory

Memory("sqlite:///page.db").close()
```

```console
$ export RECOLLECT_URL=sqlite:///page.db
$ make test
$ recollect stats \\
    --json > stats.json
{"users": 0}
```

```json
{"[a](b.md)": 1}
```
"""


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_blocks_are_found_with_their_language_and_line():
    assert [(block.language, block.line) for block in blocks(PAGE)] == [("python", 6), ("console", 12), ("json", 20)]
    assert blocks(PAGE)[1].commands == ["export RECOLLECT_URL=sqlite:///page.db", "make test", "recollect stats      --json > stats.json"]


def test_a_block_without_an_end_is_an_error():
    with pytest.raises(ValueError, match="line 2 has no end"):
        blocks("```python\nx = 1\n")


def test_links_and_headings_are_found_outside_of_blocks():
    assert links(PAGE) == ["stores.md#url-forms", "images/a.svg"]
    assert anchors(PAGE) == {"a-page-what-its-for"}
    assert "import" not in " ".join(prose(PAGE))


def test_code_is_what_stands_in_blocks_and_between_backticks():
    assert "Memory" in code(PAGE)
    assert code("The `Window`, not the Buffer.\n\n```text\nView\n```\n").split() == ["Window"]


def test_our_commands_run_in_the_folder_with_what_was_exported(empty_folder):
    run_page(PAGE, "page.md")
    assert (empty_folder / "stats.json").read_text().startswith("{")


def test_python_blocks_share_one_namespace_and_fail_with_the_page_s_line():
    with pytest.raises(AssertionError) as failure:
        run_page("```python\nx = 1\n```\n\nand\n\n```python\nx += 1\nassert x == 3\n```\n", "page.md")
    assert str(failure.traceback[-1].path).endswith("page.md")
    assert failure.traceback[-1].lineno + 1 == 9


def test_a_command_that_ends_with_an_error_fails_the_page():
    with pytest.raises(AssertionError, match=r"page\.md, block on line 2: `recollect --no-such-option` ended with 2"):
        run_page("```console\n$ recollect --no-such-option\n```\n", "page.md")
