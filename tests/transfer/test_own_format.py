"""Export, and import of what was exported."""

import json
import stat
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Invalid, Memory, Message, NewerFormat, NotFound, StorageFull, StoreError, ToolCall
from recollect.transfer import ExportReport, Refusal, export_file, import_file
from recollect.transfer.replacing import replacing
from transfer.conftest import DATA, EXAMPLES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=3)
NAMES = st.text(min_size=1, max_size=20)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.text() | st.lists(st.text() | OBJECTS, max_size=3),
    NAMES,
    st.none() | st.text(),
    st.lists(st.builds(ToolCall, st.text(), OBJECTS | st.text(), st.none() | st.text()), max_size=2),
    st.none() | st.text(),
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis takes naive bounds
    st.none() | st.integers(0, 2**40),
    OBJECTS,
    OBJECTS,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("exports")


def fill(memory):
    """Put something of each kind into a memory."""
    import_file(memory, EXAMPLES / "support.jsonl")
    import_file(memory, DATA / "conversations.json", user="ana")
    import_file(memory, DATA / "history.json", session="anonymous")
    memory.session("empty", user="ana").update(title="Nothing yet", metadata={"a": [1, {"b": None}]})
    memory.session("brief", user="ana").update(ttl=timedelta(days=3, microseconds=1))
    memory.session("brief", user="ana").append(user="in three days I am gone")
    memory.session("order-12345", user="ana").append(user="another user's session of the same name")
    memory.user("ana").documents("notes").put({"json": {"x": 1.5}, "bytes": b"\0\xff", "text": "t"})
    memory.documents("settings").put({"theme": "dark"})


def everything(memory, users=None):
    """Return all that a memory holds, in order."""
    found = {}
    for name in memory.users().items if users is None else users:
        user = memory.user(name)
        sessions = [(info, user.session(info.id).messages()) for info in user.sessions(limit=1000)]
        found[name] = [(info.id, info.title, info.metadata, info.tokens, info.created if messages else None, messages) for info, messages in sessions]
        found[name].append(user.documents("notes").get("json", "bytes", "text"))
    if users is None:
        found["no user"] = [memory.session("anonymous").messages(), memory.documents("settings").get("theme")]
    return found


def test_everything_comes_back_the_same_in_any_store(memory, tmp_path):
    fill(memory)
    exported = export_file(memory, tmp_path / "all.jsonl")
    with Memory(f"sqlite:///{tmp_path}/copy.db") as copy:
        report = import_file(copy, tmp_path / "all.jsonl")
        assert (report.format, report.refused, report.known) == ("recollect", [], 0)
        assert (report.sessions, report.messages, report.documents) == (exported.sessions, exported.messages, exported.documents)
        assert everything(copy) == everything(memory)
        assert exported.users == len(copy.users()) == 5
        left = copy.session("brief", user="ana").info().expires - datetime.now(UTC)
        assert timedelta(days=2, hours=23) < left <= timedelta(days=3, seconds=1)


def test_one_users_export_holds_that_user_alone(memory, tmp_path):
    fill(memory)
    exported = export_file(memory, tmp_path / "ana.jsonl", user="ana")
    assert exported.users == 1
    assert b"Kettle" not in (tmp_path / "ana.jsonl").read_bytes()
    with Memory("memory://") as copy:
        import_file(copy, tmp_path / "ana.jsonl")
        assert copy.users().items == ["ana"]
        assert everything(copy, ["ana"]) == everything(memory, ["ana"])
        assert copy.documents("settings").get("theme") == [None]


def test_an_import_repeated_changes_nothing(memory, tmp_path):
    fill(memory)
    export_file(memory, tmp_path / "all.jsonl")
    with Memory("memory://") as copy:
        first = import_file(copy, tmp_path / "all.jsonl")
        before = [memory.store.changes(owner, 0, 10_000) for owner in copy.store.owners("", limit=100)]
        again = import_file(copy, tmp_path / "all.jsonl")
        assert (again.messages, again.documents, again.refused, again.sessions) == (0, 0, [], first.sessions)
        assert again.known == first.messages + first.documents
        assert [memory.store.changes(owner, 0, 10_000) for owner in copy.store.owners("", limit=100)] == before


def test_another_tenant_is_not_in_it(tmp_path):
    with Memory(f"sqlite:///{tmp_path}/a.db") as ours, Memory(ours.store, tenant="theirs") as theirs:
        ours.session("s", user="u").append(user="mine")
        theirs.session("s", user="u").append(user="not mine")
        out = BytesIO()
        assert export_file(ours, out) == ExportReport(users=1, sessions=1, messages=1)
        assert b"not mine" not in out.getvalue()


@given(
    st.lists(
        st.tuples(NAMES, st.none() | NAMES, st.none() | st.text(), OBJECTS, st.lists(MESSAGES, max_size=3, unique_by=lambda m: m.id)), max_size=4
    )
)
def test_any_sessions_come_back_the_same(folder, sessions):
    with Memory("memory://") as memory, Memory("memory://") as copy:
        taken = set()
        for id, user, title, metadata, messages in sessions:
            if (id, user) not in taken:
                memory.session(id, user=user).update(title=title, metadata=metadata)
                memory.session(id, user=user).append(*messages)
                taken.add((id, user))
        export_file(memory, folder / "any.jsonl")
        report = import_file(copy, folder / "any.jsonl")
        assert report.refused == []
        for id, user in taken:
            old, new = memory.session(id, user=user), copy.session(id, user=user)
            assert new.messages() == old.messages()
            assert (new.info().title, new.info().metadata, new.info().count) == (old.info().title, old.info().metadata, old.info().count)


def test_thousands_of_messages_are_read_in_pages_and_progress_is_told(memory, tmp_path):
    session = memory.session("long", user="u")
    for start in range(0, 3000, 500):
        session.append(*(Message("user", f"{number}") for number in range(start, start + 500)))
    told = []
    export_file(memory, tmp_path / "x.jsonl", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3000, 3000)
    assert told == sorted(told)
    seen = []
    with Memory("memory://") as copy:
        import_file(copy, tmp_path / "x.jsonl", progress=lambda done, total: seen.append((done, total)))
        assert copy.session("long", user="u").messages() == session.messages()
    size = (tmp_path / "x.jsonl").stat().st_size
    assert seen[-1] == (size, size)
    assert len(seen) >= 6
    assert seen == sorted(seen)


def test_a_session_that_becomes_active_while_sessions_are_listed_is_not_missed(memory, monkeypatch):
    monkeypatch.setattr("recollect.store.pages.PAGE", 2)
    for number in range(7):
        memory.session(str(number), user="u").append(user=f"{number}")
    plain, calls = memory.store.sessions, []

    def busy(owner, *, after=None, limit):
        page = plain(owner, after=after, limit=limit)
        calls.append(after)
        if len(calls) == 1:
            memory.session("0", user="u").append(user="again")
        return page

    monkeypatch.setattr(memory.store, "sessions", busy)
    out = BytesIO()
    report = export_file(memory, out)
    assert (report.sessions, report.messages) == (7, 8)


def test_a_user_of_whom_nothing_is_stored_is_not_found_and_no_file_is_made(memory, tmp_path):
    with pytest.raises(NotFound, match="nobody"):
        export_file(memory, tmp_path / "x.jsonl", user="nobody")
    assert not (tmp_path / "x.jsonl").exists()


def test_an_empty_memory_makes_a_file_that_can_be_imported(memory, tmp_path):
    assert export_file(memory, tmp_path / "x.jsonl") == ExportReport()
    assert import_file(memory, tmp_path / "x.jsonl").refused == []


def test_the_file_stands_whole_under_its_name_or_not_at_all(memory, tmp_path):
    fill(memory)
    target = tmp_path / "folder" / "x.jsonl"
    target.parent.mkdir()
    target.write_text("before")

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_file(memory, target, progress=stop)
    assert target.read_text() == "before"
    assert list(target.parent.iterdir()) == [target]
    export_file(memory, target)
    assert json.loads(target.read_bytes().splitlines()[-1])["type"] == "end"
    assert list(target.parent.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_target_that_cannot_be_written_is_told(memory, tmp_path):
    with pytest.raises(Invalid, match="is a folder"):
        export_file(memory, tmp_path)
    with pytest.raises(NotFound, match="folder of"):
        export_file(memory, tmp_path / "none" / "x.jsonl")


def test_a_full_disk_is_told_as_such(tmp_path):
    with pytest.raises(StorageFull), replacing(tmp_path / "x"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def exported(tmp_path):
    """The lines of an export of two users with a session each."""
    with Memory("memory://") as memory:
        memory.session("s", user="alice").append(Message("user", "a1", "1"), Message("user", "a2", "2"))
        memory.session("s", user="bob").append(Message("user", "b1", "1"), Message("user", "b2", "2"))
        memory.documents("d").put({"k": 1})
        out = BytesIO()
        export_file(memory, out)
    return out.getvalue().splitlines()


def test_when_a_sessions_line_is_damaged_its_messages_go_to_nobody_else(memory, lines, exported):
    number = next(number for number, line in enumerate(exported) if b'"bob"' in line)
    exported[number] = exported[number][:-3]
    report = import_file(memory, lines(*exported))
    assert [(refusal.line, refusal.reason.split(":")[0]) for refusal in report.refused] == [
        (number + 1, "the line cannot be read"),
        (number + 2, "the line of the message's session is missing or was refused"),
        (number + 3, "the line of the message's session is missing or was refused"),
    ]
    assert memory.users().items == ["alice"]
    assert [message.text for message in memory.session("s", user="alice").messages()] == ["a1", "a2"]


def test_two_exports_in_one_file_stay_apart(memory, lines, exported):
    second = [line for line in exported if b'"session"' not in line or b'"type":"message"' in line]
    report = import_file(memory, lines(*exported, *second))
    assert [refusal.line for refusal in report.refused] == [len(exported) + number + 1 for number, line in enumerate(second) if b'"message"' in line]
    assert report.messages == 4


@pytest.mark.parametrize("cut", [1, 2, 60])
def test_a_cut_file_gives_what_is_there_and_says_that_the_end_is_missing(memory, lines, exported, cut):
    path = lines(*exported)
    path.write_bytes(path.read_bytes()[: -cut - 1])
    report = import_file(memory, path)
    assert report.refused[-1] == Refusal(
        report.refused[-1].line, "the file has no end line: the export was cut off, and what stood behind is missing"
    )
    assert report.messages >= 3


def test_a_document_that_is_there_with_another_value_is_refused_and_stays(memory, lines, exported):
    memory.documents("d").put({"k": 2})
    report = import_file(memory, lines(*exported))
    assert [refusal.reason for refusal in report.refused] == ["d: 'k' has another value already; remove that first"]
    assert memory.documents("d").get("k") == [2]


@pytest.mark.parametrize(
    ("there", "value", "known"), [(1, True, 0), (1, 1.0, 0), ([0], [False], 0), (None, None, 1), ({"a": 1, "b": 2}, {"b": 2, "a": 1}, 1)]
)
def test_a_document_is_known_by_what_json_tells_apart_and_not_written_anew(memory, tmp_path, there, value, known):
    with Memory("memory://") as other:
        other.documents("d").put({"k": value})
        export_file(other, tmp_path / "all.jsonl")
    memory.documents("d").put({"k": there})
    (owner,) = memory.store.owners("", limit=2)
    before = memory.store.changes(owner, 0, 10)
    report = import_file(memory, tmp_path / "all.jsonl")
    assert (report.documents, report.known, len(report.refused)) == (0, known, 1 - known)
    assert memory.store.changes(owner, 0, 10) == before != []


def test_a_newer_version_is_refused(memory, lines):
    path = lines({"type": "header", "format": "recollect", "version": 99, "created": "2030-01-01T00:00:00Z"})
    with pytest.raises(NewerFormat, match="pip install -U recollect"):
        import_file(memory, path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"type": "message", "session": 1, "role": "robot", "id": "x", "created": "2024-01-01T00:00:00Z"}, "robot"),
        ({"type": "message", "session": 1, "role": "user", "id": 3, "created": "2024-01-01T00:00:00Z"}, "$.id"),
        ({"type": "message", "session": 1, "role": "user", "id": "x", "created": "2024-01-01T00:00:00"}, "aware datetime"),
        ({"type": "message", "session": 1, "role": "user", "id": "1", "created": "2024-01-01T00:00:00Z", "content": "other"}, "another message"),
        ({"type": "message", "session": 9, "role": "user", "id": "x", "created": "2024-01-01T00:00:00Z"}, "session is missing"),
        ({"type": "document", "user": None, "collection": "recollect.settings", "key": "s", "value": 1}, "kept for Recollect"),
        ({"type": "document", "user": None, "collection": "c", "key": "s"}, "neither"),
        ({"type": "document", "user": "", "collection": "c", "key": "s", "value": 1}, "empty"),
        ({"type": "unheard-of"}, "unheard-of"),
        (b'{"type": "document", "user": null, "collection": "c", "key": "k", "value": ' + b"[" * 100_000, "nested too deep"),
        (b'{"type": "message", "content": "\xff"}', "cannot be read"),
        (b"null", "cannot be read"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_and_the_others_go_in(memory, lines, exported, line, reason):
    place = next(number for number, text in enumerate(exported) if b'"a2"' in text)
    report = import_file(memory, lines(*exported[:place], line, *exported[place:]))
    assert [refusal.line for refusal in report.refused] == [place + 1]
    assert reason in report.refused[0].reason
    assert report.messages == 4


def test_a_longer_line_than_can_be_held_is_refused(memory, lines, exported, monkeypatch):
    monkeypatch.setattr("recollect.transfer.source.LONGEST", 1000)
    report = import_file(
        memory, lines(*exported[:-1], {"type": "document", "user": None, "collection": "c", "key": "k", "value": "x" * 2000}, exported[-1])
    )
    assert [(refusal.line, refusal.reason) for refusal in report.refused] == [(len(exported), "the line is longer than 0 MiB; split it")]


def test_a_file_without_a_header_is_no_export(memory, lines, exported):
    for first in (exported[1], b"{", {"type": "header", "format": "other", "version": 1, "created": "2030-01-01T00:00:00Z"}):
        with pytest.raises(Invalid, match="no export of Recollect"):
            import_file(memory, lines(first, *exported[1:]), format="recollect")
    assert memory.users().items == []


def test_errors_of_the_memory_are_not_taken_for_errors_of_the_file(memory, tmp_path):
    memory.session("s").append(user="x")
    memory.close()
    with pytest.raises(StoreError) as caught:
        export_file(memory, tmp_path / "x.jsonl")
    assert "x.jsonl" not in str(caught.value)
    assert not (tmp_path / "x.jsonl").exists()
