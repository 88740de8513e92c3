"""A sealed store keeps what the protocol says, whatever lies beneath."""

from pathlib import Path

import pytest

from conformance.kinds import KINDS
from privacy.keyrings import keyring
from recollect.privacy.sealing import Sealed
from recollect.privacy.sealing.bodies import Bodies
from recollect.store.protocol import Clock, Store
from recollect.testing import StoreContract


class SealedContract(StoreContract):
    """Another store's kind, sealed. What the database holds is known again by what was sealed."""

    kind: str

    @pytest.fixture(autouse=True)
    def _sealed(self, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
        self.bodies: dict[bytes, bytes] = {}
        self.keyring = keyring(tmp_path_factory.mktemp("keys"))
        entry, document, settings, parts = Bodies.seal_entry, Bodies.seal_document, Bodies.seal_settings, Bodies.seal_parts

        def noted(sealed: bytes | None, body: bytes | None) -> None:
            if sealed is not None and body is not None:
                self.bodies[sealed] = body

        def seal_entry(bodies, session, one):
            sealed = entry(bodies, session, one)
            noted(sealed.body, one.body)
            return sealed

        def seal_document(bodies, one):
            sealed = document(bodies, one)
            noted(sealed.body, one.body)
            return sealed

        def seal_settings(bodies, session, body):
            sealed = settings(bodies, session, body)
            noted(sealed, body)
            return sealed

        def seal_parts(bodies, name, position, given):
            sealed = parts(bodies, name, position, given)
            for one, part in zip(sealed, given, strict=True):
                noted(one, part)
            return sealed

        for seal in (seal_entry, seal_document, seal_settings, seal_parts):
            monkeypatch.setattr(Bodies, seal.__name__, seal)
        yield
        self.keyring.close()

    def open_store(self, place: Path, clock: Clock) -> Store:
        return Sealed(KINDS[self.kind].open(place, clock), self.keyring)

    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        assert isinstance(store, Sealed)
        return [self.bodies[body] for body in KINDS[self.kind].raw(store.inner, place) if body]


class TestMemory(SealedContract):
    kind = "memory"
    persistent = False


class TestSQLite(SealedContract):
    kind = "sqlite"


class TestFiles(SealedContract):
    kind = "files"


del SealedContract, StoreContract
