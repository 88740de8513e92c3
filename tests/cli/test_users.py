from recollect import Memory


def test_users_are_listed_with_their_latest_session(memory, recollect):
    assert recollect("users").stdout == "alice\thello\t2025-03-01 12:05\nbob\torders\t2025-03-01 12:06\n"


def test_users_as_json(memory, recollect):
    assert recollect.json("users") == {
        "users": [
            {"user": "alice", "session": "hello", "updated": "2025-03-01T12:05:00Z"},
            {"user": "bob", "session": "orders", "updated": "2025-03-01T12:06:00Z"},
        ],
        "next": None,
    }


def test_users_come_in_pages(memory, recollect):
    first = recollect.json("users", "--limit", "1")
    assert ([user["user"] for user in first["users"]], first["next"]) == (["alice"], "alice")
    assert [user["user"] for user in recollect.json("users", "--limit", "1", "--after", "alice")["users"]] == ["bob"]


def test_a_page_that_is_full_says_how_to_go_on_beside_the_output(memory, recollect):
    result = recollect("users", "--limit", "1")
    assert result.stdout == "alice\thello\t2025-03-01 12:05\n"
    assert "--after" in result.stderr


def test_a_user_with_documents_alone_is_listed(memory, recollect):
    memory.user("carol").documents("settings").put({"theme": "dark"})
    assert recollect.json("users", "--after", "bob")["users"] == [{"user": "carol", "session": None, "updated": None}]


def test_a_tenant_s_users_are_no_other_s(memory, recollect, url):
    with Memory(url, tenant="acme") as other:
        other.session("s", user="zoe").append(user="Hi.")
    assert [user["user"] for user in recollect.json("users", "--tenant", "acme")["users"]] == ["zoe"]
    assert [user["user"] for user in recollect.json("users")["users"]] == ["alice", "bob"]


def test_a_page_size_out_of_range_is_refused(memory, recollect):
    result = recollect("users", "--limit", "0")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "limit is 0" in result.stderr
