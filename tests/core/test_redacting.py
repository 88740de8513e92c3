"""What a memory with redaction keeps, finds and embeds."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from privacy.keyrings import keyring
from recollect import AsyncMemory, Invalid, Memory, Message, ToolCall, Window
from recollect.codec.redacted import REDACTED
from recollect.core import numbering
from recollect.core.numbering import Numbers, Value
from recollect.errors import Erased
from recollect.model import Owner
from recollect.privacy.redaction import Redaction, Rule
from recollect.transfer import export_file, import_file

from .redactions import ANNA, BERT, EMAILS

ALICE = Owner("", "user", "alice")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/memory.db"


@pytest.fixture
def memory(url):
    with Memory(url, embedder=None, redact=EMAILS) as memory:
        yield memory


def stored(url):
    """Return the bytes of all files of a memory."""
    return b"".join(path.read_bytes() for path in Path(url.removeprefix("sqlite:///")).parent.iterdir())


def test_a_value_has_one_label_in_all_sessions_of_a_user_and_another_user_has_labels_of_their_own(memory):
    memory.session("a", user="alice").append(user=f"I am {ANNA}, not {BERT}", assistant=f"Hello {ANNA}")
    memory.session("b", user="alice").append(user=f"Ask {BERT}")
    memory.session("a", user="bob").append(user=f"Ask {BERT}")
    assert [m.text for m in memory.session("a", user="alice").messages()] == ["I am <EMAIL_1>, not <EMAIL_2>", "Hello <EMAIL_1>"]
    assert memory.session("b", user="alice").messages()[0].text == "Ask <EMAIL_2>"
    assert memory.session("a", user="bob").messages()[0].text == "Ask <EMAIL_1>"


def test_every_part_of_a_message_is_redacted(memory):
    session = memory.session("a", user="alice")
    session.append(
        Message("user", [{"type": "text", "text": ANNA}], name=ANNA, metadata={"from": {ANNA: [ANNA]}}, extra={"raw": ANNA}),
        Message("assistant", tool_calls=[ToolCall("mail", {"to": ANNA}), ToolCall("mail", f'{{"to": "{ANNA}"')]),
    )
    first, second = session.messages()
    assert first.content == [{"type": "text", "text": "<EMAIL_1>"}]
    assert (first.name, first.metadata, first.extra) == ("<EMAIL_1>", {"from": {"<EMAIL_1>": ["<EMAIL_1>"]}}, {"raw": "<EMAIL_1>"})
    assert [call.arguments for call in second.tool_calls] == [{"to": "<EMAIL_1>"}, '{"to": "<EMAIL_1>"']


def test_nothing_plain_is_written_anywhere(memory, url):
    session = memory.session("a", user="alice")
    session.append(user=f"I am {ANNA}")
    session.update(title=f"Mail of {ANNA}", metadata={"mail": ANNA})
    memory.user("alice").remember(f"writes from {ANNA}", sources=["a"])
    memory.user("alice").correct(memory.user("alice").remember(attribute="mail", value=BERT), value=ANNA)
    memory.user("alice").documents("notes").put({"k": {"mail": ANNA}})
    memory.documents("notes").put({"k": {"mail": ANNA}})
    memory.user("alice").recall(ANNA)
    assert ANNA.encode() not in stored(url)
    assert BERT.encode() not in stored(url)
    assert session.info().title == "Mail of <EMAIL_1>"
    assert memory.user("alice").documents("notes").get("k") == [{"mail": "<EMAIL_1>"}]


def test_bytes_are_kept_as_they_are(memory):
    memory.user("alice").documents("files").put({"k": ANNA.encode()})
    assert memory.user("alice").documents("files").get("k") == [ANNA.encode()]


def test_a_repeated_append_is_a_retry_also_in_another_process(memory, url):
    message = Message("user", f"I am {ANNA}", "m1")
    position = memory.session("a", user="alice").append(message)
    with Memory(url, embedder=None, redact=EMAILS) as other:
        assert other.session("a", user="alice").append(message) == position
    assert len(memory.session("a", user="alice").messages()) == 1


def test_a_query_finds_by_the_label_and_writes_nothing(memory):
    alice = memory.user("alice")
    for mail in (ANNA, BERT):
        alice.session(mail).append(user=f"please write to {mail} soon")
    before = memory.store.changes(ALICE, 0, 100)
    assert [one.text for one in alice.recall(BERT, k=1)] == ["please write to <EMAIL_2> soon"]
    alice.recall("carla@example.org")
    assert memory.store.changes(ALICE, 0, 100) == before


def test_an_embedder_is_shown_no_value(url):
    seen = []

    def embed(texts):
        seen.extend(texts)
        return [[1.0, 0.0] for _ in texts]

    embed.name = "test"
    with Memory(url, embedder=embed, redact=EMAILS) as memory:
        memory.session("a", user="alice").append(user=f"I am {ANNA}")
        memory.user("alice").recall(f"who is {ANNA}")
        memory.user("alice").recall("who is carla@example.org")
    assert any("<EMAIL_1>" in text for text in seen)
    assert not any("@" in text for text in seen)


def test_processes_that_meet_new_values_at_once_agree(memory):
    values = [Value("EMAIL", f"{number}@example.org") for number in range(40)]

    def number(_):
        return Numbers(memory.store).give(ALICE, values)

    with ThreadPoolExecutor(4) as threads:
        first, *others = threads.map(number, range(4))
    assert sorted(first.values()) == list(range(1, 41))
    assert all(other == first for other in others)


def test_the_ledger_holds_no_value_and_no_plain_hash_of_one(memory):
    memory.session("a", user="alice").append(user=ANNA)
    memory.session("a", user="bob").append(user=ANNA)
    keys = [{document.key for document in memory.store.documents(Owner("", "user", name), REDACTED)} - {"book"} for name in ("alice", "bob")]
    assert all(len(one) == 1 for one in keys)
    assert keys[0] != keys[1]


def test_after_an_erasure_numbers_begin_anew(memory):
    memory.session("a", user="alice").append(user=f"{ANNA} {BERT}")
    memory.user("alice").erase()
    memory.user("alice").readmit()
    memory.session("a", user="alice").append(user=BERT)
    assert memory.session("a", user="alice").context(Window(turns=1))[0].text == "<EMAIL_1>"


def test_the_key_of_a_short_value_tells_what_it_is(url):
    pins = Redaction(kinds=(), own=(Rule("PIN", r"pin: (\d{7})"),))
    with Memory(url, embedder=None, redact=pins) as memory:
        memory.session("a", user="alice").append(Message("user", "x", metadata={"pin": "1234567", "pins": ["7654321"], "n": {"pin": 1234567}}))
        assert memory.session("a", user="alice").messages()[0].metadata == {"pin": "<PIN_1>", "pins": ["7654321"], "n": {"pin": "<PIN_1>"}}


def test_labels_mean_the_same_after_an_export_and_an_import(memory, tmp_path):
    memory.session("a", user="alice").append(user=f"{ANNA} {BERT}")
    memory.session("a", user="alice").update(title=ANNA)
    export_file(memory, tmp_path / "all.jsonl")
    with Memory(f"sqlite:///{tmp_path}/other.db", embedder=None, redact=EMAILS) as other:
        assert not import_file(other, tmp_path / "all.jsonl").refused
        other.session("b", user="alice").append(user=f"carla@example.org {BERT}")
        assert other.session("b", user="alice").messages()[0].text == "<EMAIL_3> <EMAIL_2>"


def test_an_import_redacts_and_can_be_repeated(memory, url, tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("export")
    with Memory(f"sqlite:///{tmp_path}/plain.db", embedder=None) as plain:
        plain.session("a", user="alice").append(user=f"I am {ANNA}")
        plain.user("alice").remember(f"writes from {ANNA}", sources=["a"])
        plain.user("alice").documents("notes").put({"k": {"mail": ANNA}})
        export_file(plain, tmp_path / "all.jsonl")
    first, second = (import_file(memory, tmp_path / "all.jsonl") for _ in range(2))
    assert (first.messages, first.documents, second.messages, second.documents) == (1, 2, 0, 0)
    assert (first.refused, second.refused) == ([], [])
    assert ANNA.encode() not in stored(url)
    assert memory.user("alice").facts(source="a")[0].text == "writes from <EMAIL_1>"


def test_what_is_learned_and_what_a_model_is_asked_holds_no_value(url):
    asked = []

    class Model:
        def invoke(self, prompt):
            asked.append(str(prompt))
            return '{"facts": []}'

    with Memory(url, embedder=None) as plain:
        plain.session("a", user="alice").append(user=f"My email is {ANNA}. I live in Porto.")
        plain.session("b", user="alice").append(Message("user", "I like tea.", name=BERT), Message("assistant", "Oh.", name=ANNA))
    with Memory(url, embedder=None, redact=EMAILS) as memory:
        memory.user("alice").learn()
        memory.user("alice").learn(Model())
        assert any("Porto" in fact.text for fact in memory.user("alice").facts())
        assert not any("@" in fact.text for fact in memory.user("alice").facts())
    assert "<EMAIL_1>" in asked[0]
    assert not any("@" in prompt for prompt in asked)


async def test_the_other_face_redacts_as_well(memory):
    session = memory.aio.session("a", user="alice")
    await session.append(user=f"I am {ANNA}", assistant=f"Hello {BERT}")
    await session.update(title=ANNA)
    assert [message.text for message in memory.session("a", user="alice").messages()] == ["I am <EMAIL_1>", "Hello <EMAIL_2>"]
    assert (await session.info()).title == "<EMAIL_1>"
    async with AsyncMemory(memory.store, embedder=None, redact=EMAILS) as other:
        await other.user("alice").remember(f"writes from {BERT}")
        assert [one.text for one in await other.user("alice").recall(BERT, k=1)] == ["writes from <EMAIL_2>"]
        assert other.sync.redaction is EMAILS


def test_what_is_no_message_is_refused_as_ever(memory):
    session = memory.session("a", user="alice")
    for wrong in ("text", Message("user", 7), Message("user", "x", tool_calls=7), Message("assistant", "x", tool_calls=["call"]), Message([], "x")):
        with pytest.raises(Invalid):
            session.append(wrong)


def test_messages_of_some_roles_can_be_left_as_they_are(url):
    with Memory(url, embedder=None, redact=Redaction(kinds={"EMAIL"}, roles={"system": None})) as memory:
        memory.session("a", user="alice").append(system=f"Write to {ANNA}", user=f"I am {BERT}")
        assert [message.text for message in memory.session("a", user="alice").messages()] == [f"Write to {ANNA}", "I am <EMAIL_1>"]


def test_an_erased_user_stays_away_and_leaves_no_numbers(memory, url):
    with Memory(url, embedder=None, redact=EMAILS) as other:
        other.session("a", user="alice").append(user=ANNA)
        memory.user("alice").erase()
        for said in (ANNA, BERT):
            with pytest.raises(Erased):
                other.session("a", user="alice").append(user=said)
        assert memory.store.changes(ALICE, 0, 10) == []
        memory.user("alice").readmit()
        memory.session("a", user="alice").append(user=BERT)
        other.session("a", user="alice").append(user=ANNA)
    assert [message.text for message in memory.session("a", user="alice").messages()] == ["<EMAIL_1>", "<EMAIL_2>"]


def test_a_sealed_memory_redacts_as_well(tmp_path):
    with closing(keyring(tmp_path)) as keys, Memory(f"sqlite:///{tmp_path}/memory.db", embedder=None, redact=EMAILS, keys=keys) as memory:
        memory.session("a", user="alice").append(user=ANNA)
        memory.session("b", user="alice").append(user=f"{BERT} {ANNA}")
        assert memory.session("b", user="alice").messages()[0].text == "<EMAIL_2> <EMAIL_1>"
        assert memory.scan(dry_run=False).found == {}
    with closing(keyring(tmp_path)) as keys, Memory(f"sqlite:///{tmp_path}/memory.db", embedder=None, keys=keys) as memory:
        memory.session("b", user="alice").append(user=ANNA)
        assert memory.user("alice").scan(EMAILS, dry_run=False).found == {"EMAIL": 1}
        assert [message.text for message in memory.session("b", user="alice").messages()] == ["<EMAIL_2> <EMAIL_1>", "<EMAIL_1>"]


def test_facts_are_found_by_the_names_that_they_were_told_with(memory):
    alice = memory.user("alice")
    alice.remember(subject=ANNA, attribute="lives in", value="Porto")
    alice.remember(subject=BERT, attribute="lives in", value="Faro")
    assert [fact.value for fact in alice.facts(subject=BERT)] == ["Faro"]
    assert [triple.object for triple in alice.graph(ANNA).triples] == ["Porto"]


def test_what_is_no_redaction_is_refused(url):
    with pytest.raises(Invalid, match="Redaction"):
        Memory(url, redact="all")


def test_numbers_at_hand_are_not_believed_of_a_user_who_was_erased_and_came_back(memory, url):
    with Memory(url, embedder=None, redact=EMAILS) as other:
        other.session("a", user="alice").append(user=ANNA)
        memory.user("alice").erase()
        memory.user("alice").readmit()
        memory.session("a", user="alice").append(user=BERT)
        other.session("a", user="alice").append(user=f"{ANNA} {BERT}")
        other.session("a", user="alice").append(user=ANNA)
    assert [message.text for message in memory.session("a", user="alice").messages()] == ["<EMAIL_1>", "<EMAIL_2> <EMAIL_1>", "<EMAIL_2>"]


def test_numbers_at_hand_are_bounded_over_all_owners(memory, monkeypatch):
    monkeypatch.setattr(numbering, "MOST_KEPT", 8)
    numbers = Numbers(memory.store)
    owners = [Owner("", "user", str(number)) for number in range(4)]
    values = [Value("EMAIL", str(number)) for number in range(3)]
    for owner in owners:
        numbers.give(owner, values)
    assert [numbers.at_hand(owner, values[0]) for owner in owners] == [None, None, 1, 1]
    assert numbers.give(owners[0], values) == {value: number for number, value in enumerate(values, 1)}
