"""Many threads at once."""
# ruff: noqa: D102, PLR2004, S101  # the tests' names are sentences, and what they do is assert

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from recollect.errors import Conflict
from recollect.model import Document, Entry
from recollect.store.protocol import Store
from recollect.testing.values import ALICE, Follower, entries, read_changes

WORKERS = 8
ROUNDS = 12


def _at_once(work: Callable[[int], object]) -> None:
    """Run ``work(number)`` in as many threads as there are workers, and raise what any of them raises."""
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work, number) for number in range(WORKERS)]:
            done.result()


class Threads:
    """Nothing is lost, doubled or torn."""

    def test_appends_to_one_session_are_all_there_in_the_order_of_their_positions(self, store: Store) -> None:
        given: dict[str, int] = {}

        def work(number: int) -> None:
            for turn in range(ROUNDS):
                given[f"{number}-{turn}"] = store.append(ALICE, "s", entries(f"{number}-{turn}-q", f"{number}-{turn}"))

        _at_once(work)
        found = store.entries(ALICE, "s")
        assert len(found) == 2 * WORKERS * ROUNDS
        assert all(first.id == f"{second.id}-q" for first, second in zip(found[::2], found[1::2], strict=True)), "a batch was torn"
        assert {item.id: item.position for item in found[1::2]} == given
        assert [item.position for item in found] == sorted({item.position for item in found})
        for number in range(WORKERS):
            assert [item.id for item in found[1::2] if item.id.startswith(f"{number}-")] == [f"{number}-{turn}" for turn in range(ROUNDS)]

    def test_of_those_who_expect_the_same_position_one_succeeds(self, store: Store) -> None:
        def work(number: int) -> None:
            for turn in range(ROUNDS):
                state = store.session(ALICE, "s")
                position = 0 if state is None else state.position
                while True:
                    try:
                        store.append(ALICE, "s", entries(f"{number}-{turn}-{position}"), expect=position)
                        break
                    except Conflict as conflict:
                        assert conflict.position > position  # noqa: PT017  # the loop goes on with it
                        position = conflict.position

        _at_once(work)
        found = store.entries(ALICE, "s")
        assert len(found) == WORKERS * ROUNDS
        assert [int(item.id.rsplit("-", 1)[1]) for item in found] == [0, *(item.position for item in found[:-1])]

    def test_the_same_batch_from_many_threads_is_written_once(self, store: Store) -> None:
        positions: list[int] = []
        _at_once(lambda _: positions.append(store.append(ALICE, "s", entries("a", "b"), expect=0)))
        assert len(set(positions)) == 1
        assert len(store.entries(ALICE, "s")) == 2

    def test_a_counter_by_compare_and_set_loses_nothing(self, store: Store) -> None:
        def work(_: int) -> None:
            for _turn in range(ROUNDS):
                while True:
                    found = store.documents(ALICE, "c", keys=["n"])
                    value = int(found[0].body or b"0") if found else 0
                    try:
                        store.put(ALICE, [Document("c", "n", b"%d" % (value + 1))], expect={("c", "n"): found[0].position if found else 0})
                        break
                    except Conflict:
                        continue

        _at_once(work)
        assert store.documents(ALICE, "c")[0].body == b"%d" % (WORKERS * ROUNDS)

    def test_no_position_is_used_twice_while_the_owner_is_erased_and_made_again(self, store: Store) -> None:
        given: list[list[int]] = []

        def work(number: int) -> None:
            if number == 0:
                for _ in range(3 * ROUNDS):
                    store.erase(ALICE)
            else:
                given.append([store.append(ALICE, f"s{number % 3}", entries(f"{number}-{turn}")) for turn in range(3 * ROUNDS)])

        _at_once(work)
        assert all(positions == sorted(positions) for positions in given)
        assert len({position for positions in given for position in positions}) == 3 * ROUNDS * (WORKERS - 1)

    def test_a_follower_that_reads_while_others_write_misses_nothing(self, store: Store) -> None:
        finished = Event()
        follower = Follower(ALICE)

        def follow() -> None:
            while not finished.is_set():
                follower.catch_up(store, page=3)
            follower.catch_up(store)

        def work(number: int) -> None:
            for turn in range(ROUNDS):
                store.append(ALICE, f"s{number % 3}", entries(f"{number}-{turn}"))
                store.put(ALICE, [Document("c", f"{number}-{turn}", b"1")])
                store.put(ALICE, [Document("c", f"{number}", b"%d" % turn)])

        with ThreadPoolExecutor(1) as pool:
            following = pool.submit(follow)
            try:
                _at_once(work)
            finally:
                finished.set()
            following.result()
        follower.check(store, ["s0", "s1", "s2"], ["c"])
        told = read_changes(store, ALICE)
        assert len({item.position for item in told}) == len(told) == 2 * WORKERS * ROUNDS + WORKERS
        assert sum(isinstance(item, Entry) for item in told) == WORKERS * ROUNDS
