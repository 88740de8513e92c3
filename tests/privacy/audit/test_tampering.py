"""Whatever is done to the audit around the store, verification finds it, or says that it cannot."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from privacy.audit.chains import Sessions, chains_of, checked, kinds, parsed, put, registry_of, resigned, sessions, written
from recollect.model import Document, Entry
from recollect.privacy.audit import Anchor
from recollect.privacy.audit.anchors import sealed
from recollect.privacy.audit.key import Key
from recollect.privacy.audit.place import POINTER, ledger
from recollect.privacy.audit.verification import verify


def tampered(change: Callable[[Sessions], object], *counts: int, end: bool = True, anchors: list[Anchor] | None = None) -> set[str]:
    """Return the kinds of what is found once an audit was changed."""
    store = written(*counts, end=end, anchors=anchors)
    assert checked(store, anchors).sound
    found = sessions(store)
    registry = registry_of(found)
    assert checked(put(found, registry), anchors).sound
    change(found)
    return kinds(checked(put(found, registry), anchors))


def first(found: Sessions) -> list[Entry]:
    return found[chains_of(found)[0]]


def test_what_nobody_touched_is_sound() -> None:
    assert tampered(lambda found: None, 5, 3) == set()


@pytest.mark.parametrize("which", ["chain", "registry"])
def test_every_flipped_byte_of_every_record_is_found(which: str) -> None:
    found = sessions(written(2))
    registry = registry_of(found)
    entries = found[registry if which == "registry" else chains_of(found)[0]]
    for number, entry in enumerate(entries):
        for place in range(len(entry.body)):
            body = bytearray(entry.body)
            body[place] ^= 1
            entries[number] = replace(entry, body=bytes(body))
            assert not checked(put(found, registry)).sound, (number, place)
        entries[number] = entry


@pytest.mark.parametrize("number", [0, 1, 4])
def test_a_removed_record_is_found(number: int) -> None:
    assert tampered(lambda found: first(found).pop(number), 5) == {"truncated" if number == 4 else "missing"}


def test_a_changed_column_is_found() -> None:
    def later(found: Sessions) -> None:
        entries = first(found)
        entries[1] = replace(entries[1], created=entries[1].created + 1)

    def renamed(found: Sessions) -> None:
        entries = first(found)
        entries[1] = replace(entries[1], id="17")

    def said_by_another(found: Sessions) -> None:
        entries = first(found)
        entries[1] = replace(entries[1], role="user")

    def counted(found: Sessions) -> None:
        entries = first(found)
        entries[1] = replace(entries[1], tokens=7)

    for change in (later, renamed, said_by_another, counted):
        assert tampered(change, 3) == {"altered"}


def test_records_in_another_order_are_found() -> None:
    def swap(found: Sessions) -> None:
        entries = first(found)
        entries[1], entries[2] = entries[2], entries[1]

    assert "reordered" in tampered(swap, 5)


def test_a_record_twice_is_found() -> None:
    def twice(found: Sessions) -> None:
        entries = first(found)
        entries.append(replace(entries[1], id="2 again"))

    assert not tampered(twice, 3).isdisjoint({"altered", "reordered"})


def test_records_of_two_chains_swapped_are_found() -> None:
    def swap(found: Sessions) -> None:
        one, two = chains_of(found)
        found[one][1], found[two][1] = found[two][1], found[one][1]

    assert tampered(swap, 3, 3) >= {"foreign"}


def test_two_chains_that_are_named_for_each_other_are_found() -> None:
    def swap(found: Sessions) -> None:
        one, two = chains_of(found)
        found[one], found[two] = found[two], found[one]

    assert "foreign" in tampered(swap, 3, 3)


def test_a_whole_chain_that_is_removed_is_found() -> None:
    assert tampered(lambda found: found.pop(chains_of(found)[0]), 3, 3) == {"missing"}
    assert tampered(lambda found: found.pop(chains_of(found)[0]), 3, 3, end=False) == {"missing"}


@pytest.mark.parametrize("later", [0, -3600])
def test_a_chain_that_is_removed_at_once_is_found_whatever_the_clock_says(later: int) -> None:
    found = sessions(written(3))
    registry = registry_of(found)
    found.pop(chains_of(found)[0])
    assert kinds(checked(put(found, registry), later=later)) == {"missing"}


def test_the_registry_that_is_removed_is_found() -> None:
    assert tampered(lambda found: found.pop(registry_of(found)), 3, 3) == {"missing"}


def test_a_chain_that_is_removed_with_the_end_of_the_registry_shows_where_others_follow() -> None:
    def forgotten(found: Sessions) -> None:
        registry = registry_of(found)
        del found[registry][-2:]
        found.pop(chains_of(found)[0])

    assert tampered(forgotten, 3, 3) == {"missing"}


def test_the_cut_end_of_an_ended_chain_is_found() -> None:
    assert tampered(lambda found: first(found).pop(), 5) == {"truncated"}


def test_the_cut_end_of_a_killed_chain_is_found_where_a_later_process_has_seen_it() -> None:
    assert tampered(lambda found: first(found).pop(), 5, 1, end=False) == {"truncated"}


def test_the_cut_end_of_a_running_chain_takes_an_anchor_to_be_found_and_verification_says_so() -> None:
    assert tampered(lambda found: first(found).pop(), 5, end=False) == set()
    assert tampered(lambda found: first(found).pop(), 5, end=False, anchors=[]) == {"truncated"}
    without, anchors = checked(written(5, end=False)), list[Anchor]()
    assert any("no end is noted" in one for one in without.unchecked)
    assert any("no anchors were given" in one for one in without.unchecked)
    store = written(5, end=False, anchors=anchors)
    assert checked(store, anchors).unchecked == []
    assert checked(store, anchors).anchored == 6


def test_all_of_it_brought_back_to_an_older_state_takes_an_anchor_to_be_found() -> None:
    def older(found: Sessions) -> None:
        registry, last = registry_of(found), chains_of(found)[-1]
        del found[registry][-2:]
        del found[last]

    assert tampered(older, 3, 3) == set()
    assert tampered(older, 3, 3, anchors=[]) == {"missing", "truncated"}


def test_an_audit_that_is_gone_altogether_is_found_by_its_anchors() -> None:
    anchors: list[Anchor] = []
    written(3, anchors=anchors)
    assert kinds(checked(put({}, None), anchors)) == {"missing"}


def test_a_chain_written_anew_with_the_key_is_found_by_its_anchor() -> None:
    def rewrite(found: Sessions) -> None:
        chain = chains_of(found)[0]
        found[chain] = resigned(found[chain], parsed(found[chain][0]).link, lambda record: replace(record, actor="nobody"))

    assert tampered(rewrite, 3, end=False) == set()
    assert tampered(rewrite, 3, end=False, anchors=[]) == {"rewritten"}
    assert tampered(rewrite, 3) == {"rewritten"}


def test_a_record_written_anew_with_the_key_breaks_the_chain() -> None:
    def rewrite(found: Sessions) -> None:
        entries = first(found)
        entries[1:2] = resigned(entries[1:2], parsed(entries[1]).link, lambda record: replace(record, actor="nobody"))

    assert tampered(rewrite, 3, end=False) == {"rewritten"}


def test_a_chain_written_with_another_key_is_found() -> None:
    def rewrite(found: Sessions) -> None:
        chain = chains_of(found)[0]
        found[chain] = resigned(found[chain], parsed(found[chain][0]).link, lambda record: record, b"x" * 32)

    assert "altered" in tampered(rewrite, 3)


def test_a_chain_that_the_registry_does_not_know_is_found() -> None:
    other = sessions(written(2))

    def added(found: Sessions) -> None:
        found["a-chain-of-another-memory"] = other[chains_of(other)[0]]

    assert tampered(added, 3) >= {"foreign"}


def test_an_altered_anchor_is_found() -> None:
    anchors: list[Anchor] = []
    store = written(3, anchors=anchors)
    anchors[-1] = replace(anchors[-1], number=1)
    assert kinds(checked(store, anchors)) == {"altered"}
    anchors[-1] = sealed(anchors[-1], Key(b"x" * 32))
    assert kinds(checked(store, anchors)) == {"altered"}


def test_the_audit_of_another_tenant_in_its_place_is_found() -> None:
    found = sessions(written(3))
    moved = put(found, registry_of(found), ledger("other"))
    assert "altered" in kinds(verify(moved, ledger("other"), [Key(b"k" * 32)], 0))


def test_the_anchors_of_other_tenants_are_theirs() -> None:
    anchors = [sealed(Anchor("other", "chain", 3, "mac", 1), Key(b"k" * 32))]
    assert checked(written(3), anchors).sound


def test_the_number_of_the_record_is_told() -> None:
    found = sessions(written(5))
    chain = chains_of(found)[0]
    del found[chain][1:3]
    (finding,) = checked(put(found, registry_of(found))).findings
    assert (finding.chain, finding.number, finding.message) == (chain, 2, "records 2 to 3 are missing")


def test_an_altered_name_of_the_registry_is_found_and_all_else_is_verified() -> None:
    store = written(3)
    store.put(ledger(""), [Document(POINTER, "registry", b"\x00")])
    found = checked(store)
    assert ([finding.message for finding in found.findings], found.records) == (["the document that names the registry was altered"], 5)
