import json
import re
import sys

import pytest

from recollect import Memory

from .terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

AT = ("--url", "sqlite:///memory.db")
STYLES = re.compile(rb"\x1b\[[0-9;]*m")


def test_a_table_is_drawn_with_headings(memory):
    terminal = Terminal("sessions", *AT)
    assert terminal.end() == 0
    text = STYLES.sub(b"", terminal.output).decode()
    assert re.search(r"session +user +messages +tokens +updated \(UTC\) +title", text)
    assert re.search(r"orders +alice +5 +9 +2025-03-01 12:04 +An order", text)
    assert STYLES.search(terminal.output)


def test_no_color_is_respected(memory):
    for words in (["sessions"], ["show", "orders", "--user", "alice"], ["stats"]):
        terminal = Terminal(*words, *AT, NO_COLOR="1")
        assert terminal.end() == 0
        assert not re.search(rb"\x1b\[[0-9;]*3[0-7]", terminal.output)


def test_a_dumb_terminal_gets_plain_text(memory):
    terminal = Terminal("users", *AT, TERM="dumb")
    assert terminal.end() == 0
    assert terminal.output.startswith(b"alice\thello\t")


@pytest.mark.parametrize("words", [["sessions"], ["users"], ["stats"], ["show"], ["delete"]])
def test_stored_text_moves_no_cursor_and_sets_no_style(memory, words):
    evil = "\x1b[2J\x1b]0;title\x07\x9b31m\u202e[bold]mark[/bold] :tea:"
    memory.session(evil, user=evil).append(user=evil)
    memory.session(evil, user=evil).update(title=evil)
    names = [evil, "--user", evil] if words[0] in ("show", "delete") else []
    yes = ["--yes"] if words == ["delete"] else []
    terminal = Terminal(*words, *AT, *yes, *names)
    assert terminal.end() == 0
    rest = STYLES.sub(b"", terminal.output)
    assert not {7, 0x1B} & set(rest)
    assert not {"\x9b", "\u202e"} & set(rest.decode())
    if words != ["delete"]:
        assert rest.replace(b"\r\n", b"").replace(b" ", b"").count(rb"\x1b[2J\x1b]0;title") >= 1
    if words == ["show"]:
        assert b"[bold]mark[/bold] :tea:" in rest


@pytest.mark.parametrize(("key", "code", "left"), [("y\r", 0, 3), ("n\r", 1, 4), ("\r", 1, 4), ("\x04", 130, 4)])
def test_deleting_asks_first(memory, key, code, left):
    terminal = Terminal("delete", "orders", "--user", "alice", *AT)
    terminal.expect("Delete session 'orders' of user 'alice' with 5 messages? [y/N]")
    terminal.send(key)
    assert terminal.end() == code
    assert len(memory.recent()) == left


def test_erasing_asks_first_and_can_be_interrupted(memory):
    terminal = Terminal("erase", "alice", *AT)
    terminal.expect("Erase user 'alice': 2 sessions with 6 messages, and all that is known, in every place? [y/N]")
    terminal.interrupt()
    assert terminal.end() == 130
    assert len(memory.recent()) == 4


def test_an_import_shows_its_progress(url, tmp_path):
    line = {"messages": [{"role": "user", "content": "x" * 1000}]}
    (tmp_path / "big.jsonl").write_text("".join(json.dumps({**line, "session": str(number)}) + "\n" for number in range(100)))
    terminal = Terminal("import", "big.jsonl", *AT)
    assert terminal.end() == 0
    assert b"Importing big.jsonl" in terminal.output
    assert b"Imported 100 messages of 100 sessions" in terminal.output


def test_an_export_to_a_terminal_is_refused(memory):
    terminal = Terminal("export", *AT)
    assert terminal.end() == 2
    assert b"stdout is a terminal" in terminal.output


def test_a_chat_edits_answers_and_ends_with_ctrl_d(url):
    terminal = Terminal("chat", *AT, "--user", "ana", "--session", "tea")
    terminal.expect("Session tea (new) with rules.")
    terminal.expect("you » ")
    terminal.send("My name is Anx\x7fa.\r")
    terminal.expect("Nice to meet you, Ana.")
    terminal.expect("✓ #2")
    terminal.expect("you » ")
    terminal.send("/history\r")
    terminal.expect("    My name is Ana.")
    terminal.expect("you » ")
    terminal.send("/sessions\r")
    terminal.expect("tea")
    terminal.expect("you » ")
    terminal.send("/nonsense\r")
    terminal.expect("There is no /nonsense.")
    terminal.expect("you » ")
    terminal.send("/help\r")
    terminal.expect("/quit")
    terminal.expect("you » ")
    terminal.send("\x04")
    terminal.expect("recollect chat --session tea --user ana --url sqlite:///memory.db")
    assert terminal.end() == 0
    with Memory(url) as memory:
        assert memory.session("tea", user="ana").messages()[0].text == "My name is Ana."


def test_ctrl_c_ends_a_chat_and_what_was_said_is_there(url):
    terminal = Terminal("chat", *AT, "--session", "tea")
    terminal.expect("Anonymous")
    terminal.expect("you » ")
    terminal.send("Hello!\r")
    terminal.expect("✓ #2")
    terminal.expect("you » ")
    terminal.send("half a li")
    terminal.interrupt()
    terminal.expect("\r\n")
    terminal.expect("Go on with: recollect chat")
    assert terminal.end() == 130
    assert b"Traceback" not in terminal.output
    with Memory(url) as memory:
        assert memory.session("tea").info().count == 2


def test_a_new_session_begins_within_a_chat(url):
    terminal = Terminal("chat", *AT, "--user", "ana", "--session", "one", "--system", "Be brief.")
    terminal.expect("you » ")
    terminal.send("I like tea.\r")
    terminal.expect("✓ #3")
    terminal.expect("you » ")
    terminal.send("/new\r")
    terminal.expect("Session chat-")
    terminal.expect("you » ")
    terminal.send("What do I like?\r")
    terminal.expect("you like tea")
    terminal.expect("you » ")
    terminal.send("/quit\r")
    assert terminal.end() == 0
    with Memory(url) as memory:
        assert [[message.role for message in memory.session(info.id, user="ana").messages()] for info in memory.user("ana").sessions()] == [
            ["system", "user", "assistant"],
            ["system", "user", "assistant"],
        ]


def test_the_demo_is_drawn_in_a_terminal(tmp_path, url):
    terminal = Terminal("demo", "--keep", "demo.db")
    assert terminal.end() == 0
    assert "╭".encode() in terminal.output
    assert b"every one is back, unchanged" in terminal.output


def test_ids_and_times_stay_whole_in_a_narrow_terminal_and_titles_are_shortened(memory):
    long = "chat-20250301-120000-" + "x" * 60
    memory.session(long, user="alice").append(user="Hi.")
    memory.session(long, user="alice").update(title="One title " * 20)
    for words in (["sessions"], ["users"]):
        terminal = Terminal(*words, *AT, COLUMNS="80")
        assert terminal.end() == 0
        text = STYLES.sub(b"", terminal.output).decode()
        line = next(line for line in text.splitlines() if long in line)
        assert re.search(r" \d{4}-\d\d-\d\d \d\d:\d\d\b", line)
        assert ("…" in line) == (words == ["sessions"])


def test_tokens_are_left_out_where_nothing_counts_them(memory):
    terminal = Terminal("sessions", "--user", "bob", *AT)
    assert terminal.end() == 0
    text = STYLES.sub(b"", terminal.output).decode()
    assert re.search(r"session +user +messages +updated \(UTC\) +title", text)
    assert re.search(r"orders +bob +1 +2025-03-01 12:06", text)


def test_an_empty_list_says_what_to_do_instead_of_a_lone_heading(memory):
    for words, told in (
        (["sessions", "--user", "nobody"], "no sessions; begin one with"),
        (["users", "--after", "z"], "no users"),
    ):
        terminal = Terminal(*words, *AT)
        assert terminal.end() == 0
        text = STYLES.sub(b"", terminal.output).decode()
        assert text.startswith(told)
        assert text.count("\n") == 1
