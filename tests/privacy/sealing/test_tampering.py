"""A sealed record opens where it was written, as it was written, and nowhere else."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from privacy.keyrings import keyring
from recollect.errors import Damaged, NewerFormat
from recollect.model import Document, Entry, Owner, Saved
from recollect.privacy.keys import Keyring
from recollect.privacy.keys.record import new_keys
from recollect.privacy.sealing import Sealed, content, record
from recollect.privacy.sealing.bodies import Bodies
from recollect.privacy.sealing.compression import MOST, compress
from recollect.privacy.sealing.places import derived_place, document_place, entry_place, owner_place
from recollect.store.memory import MemoryStore
from recollect.store.protocol import SETTINGS

ALICE, BOB = Owner("", "user", "alice"), Owner("", "user", "bob")
TEXT = b' {"content":"where is my order?"}'


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyring]:
    keys = keyring(tmp_path_factory.mktemp("keys"))
    yield keys
    keys.close()


def of(keys: Keyring, owner: Owner = ALICE) -> Bodies:
    return Bodies(owner, keys, mixed=False)


def message(id: str = "m", body: bytes = TEXT) -> Entry:
    return Entry(1, id, "user", 17, 5, b"d" * 16, body, "s")


def flips(body: bytes) -> Iterator[bytes]:
    for place in range(len(body)):
        for bit in (1, 0x80):
            yield body[:place] + bytes([body[place] ^ bit]) + body[place + 1 :]


def test_a_flipped_bit_of_any_byte_of_a_message_is_an_error_that_names_it(keys: Keyring) -> None:
    sealed = of(keys).seal_entry("s", message())
    assert of(keys).open_entry(sealed) == message()
    for body in flips(sealed.body):
        with pytest.raises(Damaged, match="message 'm' of session 's' of user 'alice'"):
            of(keys).open_entry(replace(sealed, body=body))


def test_a_flipped_bit_of_any_byte_of_a_document_is_an_error_that_names_it(keys: Keyring) -> None:
    document = Document("recollect.facts", "f", TEXT)
    sealed = of(keys).seal_document(document)
    assert of(keys).open_document(sealed) == document
    assert sealed.body is not None
    for body in flips(sealed.body):
        with pytest.raises(Damaged, match=r"document 'f' of 'recollect\.facts' of user 'alice'"):
            of(keys).open_document(replace(sealed, body=body))
    settings = of(keys).seal_settings("s", TEXT)
    for body in flips(settings):
        with pytest.raises(Damaged, match=f"'s' of '{SETTINGS}'"):
            of(keys).open_settings("s", body)


def test_a_shortened_or_lengthened_record_is_an_error(keys: Keyring) -> None:
    sealed = of(keys).seal_settings("s", TEXT)
    for body in (*(sealed[:size] for size in range(len(sealed))), sealed + b"\x00", sealed + sealed):
        with pytest.raises(Damaged):
            of(keys).open_settings("s", body)


def test_a_derived_document_that_is_not_what_was_written_counts_as_absent(keys: Keyring) -> None:
    inner = MemoryStore()
    store = Sealed(inner, keys)
    last = store.append(ALICE, "s", [message()])
    store.save(ALICE, "index", last, [b"one", b"two"])
    kept = inner.saved(ALICE, "index")
    assert kept is not None
    one, two = kept.parts
    assert store.saved(ALICE, "index") == Saved(last, (b"one", b"two"))
    wrong = [*([flipped, two] for flipped in flips(one)), [two, one], [one], [one, two, two], [b"one", b"two"]]
    for parts in wrong:
        inner.save(ALICE, "index", last, parts)
        assert store.saved(ALICE, "index") is None
    inner.save(ALICE, "other", last, [one, two])
    assert store.saved(ALICE, "other") is None
    inner.close()


@pytest.mark.parametrize(
    "changed", [{"id": "other"}, {"role": "system"}, {"created": 18}, {"tokens": 6}, {"tokens": None}, {"digest": b"x" * 16}, {"session": "t"}]
)
def test_what_stands_beside_a_body_is_bound_to_it(keys: Keyring, changed: dict[str, object]) -> None:
    sealed = of(keys).seal_entry("s", message())
    with pytest.raises(Damaged):
        of(keys).open_entry(replace(sealed, **changed))


Opened = Callable[[bytes], object]


def places(keys: Keyring) -> Iterator[tuple[bytes, Opened]]:
    """Yield sealed bodies, each with what opens the place where it stands."""
    for owner in (ALICE, BOB, Owner("t", "user", "alice"), Owner("", "session", "alice"), Owner("", "tenant", "")):
        for session in ("s", "t"):
            for id in ("m", "n"):
                entry = of(keys, owner).seal_entry(session, message(id))
                entry = replace(entry, session=session)
                yield entry.body, lambda body, o=owner, e=entry: of(keys, o).open_entry(replace(e, body=body))
            settings = of(keys, owner).seal_settings(session, TEXT)
            yield settings, lambda body, o=owner, s=session: of(keys, o).open_settings(s, body)
        for collection, key in (("a", "bc"), ("ab", "c"), ("a", "c")):
            sealed = of(keys, owner).seal_document(Document(collection, key, TEXT))
            yield sealed.body, lambda body, o=owner, d=sealed: of(keys, o).open_document(replace(d, body=body))
        for name in ("x", "y"):
            for position in (1, 2):
                parts = of(keys, owner).seal_parts(name, position, [TEXT, TEXT])
                for at in (0, 1):

                    def opened(body: bytes, o=owner, n=name, p=position, ps=parts, at=at) -> object:
                        return of(keys, o).open_parts(n, Saved(p, (*ps[:at], body, *ps[at + 1 :])))

                    yield parts[at], opened


def test_no_record_opens_in_the_place_of_another(keys: Keyring) -> None:
    found = list(places(keys))
    assert len(found) > 80
    for body, opened in found:
        opened(body)
    for (body, _), (_, opened) in permutations(found, 2):
        with pytest.raises(Damaged):
            opened(body)


def test_a_record_of_another_keyring_is_an_error(keys: Keyring, tmp_path: Path) -> None:
    others = keyring(tmp_path)
    others.key(ALICE, make=True)
    with pytest.raises(Damaged, match="another key"):
        of(others).open_entry(of(keys).seal_entry("s", message()))
    others.close()


def test_a_key_that_the_key_store_does_not_have_is_told(keys: Keyring) -> None:
    sealed = of(keys).seal_settings("s", TEXT)
    with pytest.raises(Damaged, match="key 9"):
        of(keys).open_settings("s", sealed[:1] + b"\x09" + sealed[2:])


def test_equal_contents_are_sealed_to_unequal_bytes_and_digests(keys: Keyring) -> None:
    sealed = [of(keys).seal_entry(session, message(id)) for session in "st" for id in "mn"] + [of(keys).seal_entry("s", message())]
    assert len({entry.body for entry in sealed}) == 5
    assert len({entry.digest for entry in sealed}) == 4  # the same message again: a retry
    assert all(entry.digest != message().digest for entry in sealed)


def test_records_of_one_call_never_share_a_nonce(keys: Keyring) -> None:
    sealer = record.Sealer(new_keys())
    heads = [sealer.seal(TEXT, b"")[:18] for _ in range(300)]
    assert len({head[:15] for head in heads}) == 1
    assert [int.from_bytes(head[15:], "big") for head in heads] == list(range(300))
    assert len({record.Sealer(new_keys()).seal(TEXT, b"")[:15] for _ in range(300)}) == 300
    sealer._number = 1 << 24
    with pytest.raises(OverflowError):
        sealer.seal(TEXT, b"")


sizes = st.one_of(st.binary(max_size=300), st.text(max_size=400).map(str.encode), st.integers(0, 70_000).map(lambda n: b"so it goes " * (n // 11)))


@given(sizes, st.sampled_from(["user", "assistant", "x"]), st.binary(max_size=20))
def test_any_content_comes_back(body: bytes, role: str, digest: bytes) -> None:
    assert content.unpack(content.pack(body)) == body
    assert content.unpack_entry(role, content.pack_entry(role, digest, body)) == (digest, body)
    own = content.text_digest(role, body)
    packed = content.pack_entry(role, own, body)
    assert content.unpack_entry(role, packed) == (own, body)
    assert packed == content.pack(body)


@given(st.binary(max_size=60))
def test_content_that_is_none_is_refused(packed: bytes) -> None:
    for unpack in (content.unpack, lambda packed: content.unpack_entry("user", packed)):
        with suppress(Damaged, NewerFormat):
            unpack(packed)


def test_no_more_is_unpacked_than_a_record_says_and_no_record_says_more_than_the_most() -> None:
    bomb = compress(bytes(1 << 20))
    assert len(bomb) < 1000
    for size in (0, 1000, (1 << 20) - 1, (1 << 20) + 1):
        with pytest.raises(Damaged):
            content.unpack(b"\x01" + content._size(size) + bomb)
    with pytest.raises(Damaged, match="more than is ever compressed"):
        content.unpack(b"\x01" + content._size(MOST + 1) + bomb)
    with pytest.raises(Damaged, match="no size"):
        content.unpack(b"\x01" + b"\xff" * 6)


names = st.text(max_size=3)


@given(st.lists(st.tuples(names, names, names, names), min_size=2, max_size=6, unique=True))
def test_no_two_places_are_bound_to_the_same(found: list[tuple[str, str, str, str]]) -> None:
    made = [owner_place(Owner(tenant, "user", user)) for tenant, user, _, _ in {(*one[:2], "", "") for one in found}]
    assert len(set(made)) == len(made)
    bound = [entry_place(owner_place(Owner(a, "user", b)), c, d, "user", 1, None, b"") for a, b, c, d in found]
    bound += [document_place(owner_place(Owner(a, "user", b)), c, d) for a, b, c, d in found]
    bound += [derived_place(owner_place(Owner(a, "user", b)), c + d, 0, 1, 1) for a, b, c, d in {(a, b, c + d, "") for a, b, c, d in found}]
    assert len(set(bound)) == len(bound)
