"""A failover keeps what the protocol says: whole while its primary is up, and but for changes and expiry while it is down."""

from pathlib import Path

import pytest

from conformance.kinds import KINDS, raw_sqlite
from faults.flaky import Flaky
from recollect.store.failover import Failover
from recollect.store.protocol import Clock, Store
from recollect.store.sqlite import SQLiteStore
from recollect.testing import StoreContract

UNTOLD = {
    "test_a_body_comes_back_byte_for_byte",
    "test_a_follower_knows_what_the_store_holds_after_every_step",
    "test_a_follower_knows_what_was_rewritten",
    "test_a_follower_that_reads_while_others_write_misses_nothing",
    "test_a_removal_leaves_a_notice_and_no_value",
    "test_a_removed_document_can_be_written_again",
    "test_a_rewrite_leaves_one_notice_at_the_end_of_the_ledger",
    "test_a_write_replaces_the_value_and_takes_a_new_position",
    "test_an_append_starts_an_expired_session_anew",
    "test_an_opened_store_goes_on_where_it_stopped",
    "test_an_update_starts_an_expired_session_anew",
    "test_clearing_removes_entries_keeps_settings_and_leaves_a_notice",
    "test_deleting_removes_all_of_a_session_and_leaves_a_notice",
    "test_entries_and_documents_come_in_the_order_in_which_they_were_written",
    "test_erasing_removes_all_of_an_owner_and_nothing_else",
    "test_hundreds_of_entries_keep_their_order",
    "test_no_documents_make_nothing",
    "test_of_entries_some_of_which_are_gone_the_others_are_rewritten",
    "test_pages_of_every_size_from_every_position_are_the_same",
    "test_positions_rise_over_entries_and_documents_together",
    "test_the_edition_rises_with_each_rewrite_and_all_readings_tell_it",
    "test_what_is_appended_during_rewrites_is_all_there",
    "test_what_was_removed_or_replaced_is_not_told",
}
"""Changes tell only what the primary has settled, so that no follower goes where the primary will not be."""

DROPPED = {
    "test_a_rewrite_of_nothing_leaves_what_was_derived",
    "test_it_goes_with_whatever_is_removed_and_does_not_come_back",
    "test_megabytes_in_many_parts_come_back_and_count",
    "test_names_and_owners_are_kept_apart",
    "test_the_database_holds_what_was_saved_last",
    "test_a_store_that_is_opened_again_has_what_was_saved",
    "test_a_removal_that_was_written_over_is_still_one",
    "test_what_is_saved_comes_back",
    "test_what_is_saved_replaces_all_of_what_was_saved_under_its_name",
    "test_what_was_derived_goes_with_a_rewrite_and_does_not_come_back",
    "test_what_was_made_of_an_erased_ledger_does_not_come_to_the_next_one",
    "test_what_was_made_of_less_never_replaces_what_was_made_of_more",
}
"""What is derived can be made again."""

PUT_OFF = {
    "test_a_removal_leaves_a_gap[expire]",
    "test_a_rewrite_does_not_put_off_the_end_of_a_session",
    "test_expire_removes_what_is_over_and_nothing_else",
} | {f"test_a_position_is_never_used_again[{last}-expire]" for last in ("entry", "document", "settings")}
"""Expiry hides at once, and removes when the primary is back."""

TOO_HIGH = {"test_every_range_and_limit_is_that_of_a_list", "test_positions_beyond_every_ledger_are_fine"}
"""These try each position up to the highest, or take those from 2^31 for the end: provisional ones begin at 2^52."""


class TestFailover(StoreContract):
    def open_store(self, place: Path, clock: Clock) -> Store:
        return KINDS["failover"].open(place, clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        return KINDS["failover"].raw(store, place)


class TestOutage(StoreContract):
    """The primary is down, and its replica empty. What is in the database is read there once the primary has been back."""

    @pytest.fixture(autouse=True)
    def _differs(self, request: pytest.FixtureRequest) -> None:
        if request.node.originalname in TOO_HIGH:
            pytest.skip("provisional positions are too high for it")
        if {request.node.originalname, request.node.name} & (UNTOLD | PUT_OFF | DROPPED):
            request.node.add_marker(pytest.mark.xfail(strict=True, reason="as the page on failover says", raises=(AssertionError, LookupError)))

    @pytest.fixture(autouse=True)
    def _closed(self):
        self.opened: list[Flaky] = []
        yield
        for primary in self.opened:
            primary.store.close()

    def open_store(self, place: Path, clock: Clock) -> Store:
        primary = Flaky(SQLiteStore(place / "ledger.db", clock=clock))
        primary.up = False
        self.opened.append(primary)
        return Failover(primary, lambda: SQLiteStore(place / "copy.db", clock=clock), spool=place / "spool.db", replica=True, clock=clock)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        assert isinstance(store, Failover)
        self.opened[0].up = True
        assert store.replay()
        assert store.state.refused == 0
        return raw_sqlite(store, place)
