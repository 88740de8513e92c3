"""A key service that does not answer is left alone for a moment, and each process has its own connections."""

import os
from threading import Barrier, Thread

import pytest

from recollect.errors import KeyServiceFailed
from recollect.privacy.keys.service import PAUSE, NoAnswer, Service


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def silent(client: str) -> str:
    raise NoAnswer(f"{client} is silent")


def test_a_silent_service_is_not_asked_again_for_a_moment() -> None:
    clock = Clock()
    service = Service("kms", lambda: "client", clock=clock)
    with pytest.raises(KeyServiceFailed, match="kms: client is silent; users whose keys are in use go on"):
        service.ask(silent)
    asked: list[str] = []
    with pytest.raises(KeyServiceFailed, match="a moment ago"):
        service.ask(asked.append)
    assert asked == []
    clock.now = PAUSE
    assert service.ask(lambda client: client) == "client"
    clock.now = PAUSE + 0.1
    assert service.ask(lambda client: client) == "client"


def test_threads_share_a_client_and_a_forked_process_has_its_own() -> None:
    made: list[int] = []

    def connect() -> int:
        made.append(os.getpid())
        return os.getpid()

    service, barrier = Service("kms", connect), Barrier(8)

    def work() -> None:
        barrier.wait()
        service.ask(lambda client: client)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [os.getpid()]
    child = os.fork()
    if not child:
        os._exit(0 if service.client == os.getpid() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
