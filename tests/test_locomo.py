"""The main job on real conversations: ten pairs of people, 272 sessions, 5,882 messages, kept and found again by another process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from locomo import PATH, as_lines, conversations, said_at
from places import LASTING, url_of
from recollect import Memory
from recollect.transfer import export_file, import_file

pytestmark = pytest.mark.skipif(not PATH.is_file(), reason=f"{PATH} is not here; RECOLLECT_LOCOMO may name it")

OTHER_PROCESS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from locomo import conversations
from recollect import Memory

with Memory(sys.argv[2]) as memory:
    expected = list(conversations())
    stored = {name: {info.id: info for info in memory.user(name).sessions(limit=1000)} for name in memory.users()}
    equal = 0
    for talk in expected:
        found = memory.session(talk.session, user=talk.user).messages()
        info = stored[talk.user][talk.session]
        equal += found == talk.messages and (info.count, info.title, info.created) == (len(found), talk.title, talk.messages[0].created)
    counts = [info.count for sessions in stored.values() for info in sessions.values()]
    print(json.dumps({"users": len(stored), "sessions": len(counts), "messages": sum(counts), "equal": equal}))
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    path = tmp_path_factory.mktemp("locomo") / "locomo.jsonl"
    path.write_text("\n".join(as_lines()), "utf-8")
    return path


@pytest.fixture(params=LASTING)
def url(request, tmp_path):
    return url_of(request.param, tmp_path)


def seen_by_another_process(url):
    command = [sys.executable, "-c", OTHER_PROCESS, str(Path(__file__).parent), url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


WHOLE = {"users": 10, "sessions": 272, "messages": 5882, "equal": 272}


def test_every_message_is_found_equal_and_in_order_by_another_process(lines, url):
    with Memory(url) as memory:
        report = import_file(memory, lines)
    assert (report.sessions, report.messages, report.known, report.refused) == (272, 5882, 0, [])
    assert seen_by_another_process(url) == WHOLE


def test_an_export_of_all_of_it_imports_to_the_same(lines, url, tmp_path):
    with Memory("memory://") as first, Memory(url) as second:
        import_file(first, lines)
        export_file(first, tmp_path / "export.jsonl")
        assert import_file(second, tmp_path / "export.jsonl").refused == []
    assert seen_by_another_process(url) == WHOLE


def test_dates_speakers_and_pictures_are_kept():
    first = next(conversations())
    assert first.messages[0].created == said_at("1:56 pm on 8 May, 2023")
    assert (first.messages[0].role, first.messages[0].name, first.messages[0].id) == ("user", "Caroline", "D1:1")
    pictured = next(message for message in first.messages if "blip_caption" in message.metadata)
    assert pictured.metadata["img_url"] == ["https://i.redd.it/l7hozpetnhlb1.jpg"]
    assert said_at("12:20 am on 8 December, 2023").hour == 0
