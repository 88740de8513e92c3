"""Redaction on every store: numbers that processes agree on, retries, and scans."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from places import PLACES, url_of
from recollect import Memory, Message
from recollect.store import open_store

from .redactions import ANNA, BERT, EMAILS


@pytest.fixture(params=list(PLACES))
def store(request, tmp_path):
    store = open_store(url_of(request.param, tmp_path))
    yield store
    store.close()


def test_memories_that_meet_new_values_at_once_agree(store):
    memories = [Memory(store, embedder=None, redact=EMAILS) for _ in range(4)]
    messages = [Message("user", f"it is {name}@example.org", f"m{number}") for number, name in enumerate("abcdefgh")]

    def say(memory):
        for message in messages:
            memory.session("s", user="alice").append(message)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(say, memories))
    found = memories[0].session("s", user="alice").messages()
    assert [(message.id, message.text) for message in found] == [(f"m{number}", f"it is <EMAIL_{number + 1}>") for number in range(8)]


def test_what_was_stored_plainly_is_redacted_by_a_scan(store):
    plain, redacting = Memory(store, embedder=None), Memory(store, embedder=None, redact=EMAILS)
    alice = plain.user("alice")
    alice.session("s").append(Message("user", f"I am {ANNA}", "m1"), Message("user", BERT, "m2"))
    alice.session("s").update(title=ANNA)
    alice.remember(f"writes from {ANNA}")
    alice.documents("notes").put({"k": [ANNA]})
    assert alice.scan(EMAILS, dry_run=False).changed == {"documents": 1, "facts": 1, "messages": 2, "sessions": 1}
    assert redacting.user("alice").session("s").append(Message("user", f"I am {ANNA}", "m1")) == 1
    assert [message.text for message in alice.session("s").messages()] == ["I am <EMAIL_1>", "<EMAIL_2>"]
    assert (alice.session("s").info().title, alice.documents("notes").get("k")) == ("<EMAIL_1>", [["<EMAIL_1>"]])
    assert [one.text for one in redacting.user("alice").recall(ANNA, k=2)] == ["writes from <EMAIL_1>", "I am <EMAIL_1>"]
    assert not plain.scan(EMAILS).found
