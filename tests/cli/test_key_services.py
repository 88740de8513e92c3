"""`recollect keys` with keys that live elsewhere."""

import pytest

from privacy.keys.keks import InMemory, kek, using
from servers.openbao import openbao


@pytest.fixture
def sealed(memory, recollect, monkeypatch):
    """The memory is closed, and sealed with a key of the system's keyring."""
    memory.close()
    monkeypatch.setenv("RECOLLECT_KEYS", "keys.db")
    monkeypatch.setenv("RECOLLECT_KEK", "keyring:mine")
    with using(InMemory()):
        made = recollect.json("keys", "new", "keyring:mine")
        assert made["kek"] == "keyring:mine"
        recollect.json("seal")
        yield made["name"]


def test_keys_go_from_the_system_s_keyring_to_vault_and_to_its_next_version_and_to_aws(sealed, recollect, monkeypatch, tmp_path):
    assert list(recollect.json("keys", "status")["wrapped_by"]) == [sealed]
    with kek("vault", tmp_path) as vault, kek("aws-kms", tmp_path) as aws:
        assert recollect.json("keys", "rewrap", vault) == {"kek": vault, "wrapped": 5}
        monkeypatch.setenv("RECOLLECT_KEK", vault)
        assert recollect.json("keys", "status")["wrapped_by"] == {vault: 5}
        admin = openbao().client()
        admin.secrets.transit.rotate_key("recollect", mount_point=vault.removeprefix("vault:").partition("/")[0])
        admin.adapter.close()
        assert [recollect.json("keys", "rewrap", vault)["wrapped"] for _ in range(2)] == [5, 0]
        assert recollect("keys", "rewrap", aws).stdout.startswith("Wrapped 5 records by aws-kms:")
        assert "wrapped by 'aws-kms:" in recollect("users").stderr
        monkeypatch.setenv("RECOLLECT_KEK", aws)
        assert "Where is my order?" in recollect("show", "orders", "--user", "alice").stdout


def test_a_service_that_is_down_is_told_in_a_line(sealed, recollect, monkeypatch, tmp_path):
    with kek("vault", tmp_path) as vault:
        recollect.json("keys", "rewrap", vault)
        monkeypatch.setenv("RECOLLECT_KEK", vault)
        monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
        result = recollect("show", "orders", "--user", "alice")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "Vault does not answer (ConnectionError), at 3 attempts" in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("place", ["vault:transit/keys/k", "aws-kms:1234", "env:KEK"])
def test_what_is_made_elsewhere_is_not_made_here(recollect, place):
    result = recollect("keys", "new", place)
    assert result.exit_code == 2
    assert "made there" in result.stderr
