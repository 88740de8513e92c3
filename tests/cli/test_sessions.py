def test_the_sessions_of_all_are_listed_the_latest_first(memory, recollect):
    assert recollect("sessions").stdout.splitlines() == [
        "visit\t\t1\t0\t2025-03-01 12:07\t",
        "orders\tbob\t1\t0\t2025-03-01 12:06\t",
        "hello\talice\t1\t0\t2025-03-01 12:05\t",
        "orders\talice\t5\t9\t2025-03-01 12:04\tAn order",
    ]


def test_a_user_s_sessions_as_json(memory, recollect):
    found = recollect.json("sessions", "--user", "alice")
    assert found["next"] is None
    assert found["sessions"][1] == {
        "id": "orders",
        "user": "alice",
        "title": "An order",
        "messages": 5,
        "tokens": 9,
        "position": memory.session("orders", user="alice").info().position,
        "created": "2025-03-01T12:00:00Z",
        "updated": "2025-03-01T12:04:00Z",
        "expires": None,
        "metadata": {"channel": "web"},
    }


def test_a_user_s_sessions_come_in_pages(memory, recollect):
    first = recollect.json("sessions", "--user", "alice", "--limit", "1")
    second = recollect.json("sessions", "--user", "alice", "--limit", "1", "--after", first["next"])
    assert [info["id"] for info in first["sessions"] + second["sessions"]] == ["hello", "orders"]


def test_the_cursor_of_a_full_page_is_told_beside_the_output(memory, recollect):
    result = recollect("sessions", "--user", "alice", "--limit", "1")
    assert result.stdout.count("\n") == 1
    assert f"--after {recollect.json('sessions', '--user', 'alice', '--limit', '1')['next']}" in result.stderr


def test_paging_over_all_users_is_refused(memory, recollect):
    result = recollect("sessions", "--after", "3")
    assert result.exit_code == 2
    assert "--user" in result.stderr


def test_a_cursor_that_is_none_is_refused(memory, recollect):
    result = recollect("sessions", "--user", "alice", "--after", "x")
    assert result.exit_code == 2
    assert "'x'" in result.stderr
