"""Keys of Vault's transit engine: where they are, their versions, and what refusals and silences become."""

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import hvac
import pytest

from privacy.keys.keks import vault
from privacy.keys.scripted import Answer, Scripted
from privacy.keys.shown import told
from recollect.errors import Invalid, KeyServiceFailed, Locked, NotFound, RecollectError
from recollect.model import Owner
from recollect.privacy.keys import Keyring, vaultclient
from recollect.privacy.keys.keystore import StoredKeys
from recollect.privacy.keys.opening import open_kek
from recollect.privacy.keys.secret import Concealed
from recollect.privacy.keys.vault import VaultKey
from recollect.privacy.keys.vaultclient import VaultPlace
from recollect.store.memory import MemoryStore
from servers.openbao import ROOT, OpenBao, new_mount, openbao

MARK = b"Quetzalcoatl" * 3
TOKEN = "hvs.Popocatepetl"


@pytest.fixture
def transit() -> Iterator[str]:
    """Return the path of a key."""
    mount = new_mount(openbao())
    with vault(openbao().url):
        yield f"{mount}/keys/recollect"


@pytest.fixture
def admin() -> Iterator[hvac.Client]:
    client = openbao().client()
    yield client
    client.adapter.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vaultclient, "ATTEMPTS", 2)
    monkeypatch.setattr(vaultclient, "READ", 0.2)


@pytest.mark.parametrize(
    ("text", "address", "place"),
    [
        ("transit/keys/k", "https://v:8200", ("https://v:8200", "transit", "k")),
        ("/transit/keys/k/", "https://v:8200/", ("https://v:8200", "transit", "k")),
        ("a/b/transit/keys/k-1.x", "http://127.0.0.1:1", ("http://127.0.0.1:1", "a/b/transit", "k-1.x")),
        ("https://v:8200/transit/keys/k", "", ("https://v:8200", "transit", "k")),
        ("https://v:8200/v1/transit/keys/k", "https://other", ("https://v:8200", "transit", "k")),
        ("https://v/behind/v1/transit/keys/k", "", ("https://v/behind", "transit", "k")),
        ("http://[::1]:8200/transit/keys/k", "", ("http://[::1]:8200", "transit", "k")),
        ("http://localhost:8200/transit/keys/k", "", ("http://localhost:8200", "transit", "k")),
    ],
)
def test_a_path_or_a_url_names_a_key(text: str, address: str, place: tuple[str, str, str]) -> None:
    found = VaultPlace.of(text, address)
    assert (found.address, found.mount, found.key) == place


@pytest.mark.parametrize(
    ("text", "address", "error", "match"),
    [
        ("transit/keys/k", "", NotFound, "VAULT_ADDR"),
        ("transit/k", "https://v", Invalid, "no key of Vault"),
        ("transit/keys/", "https://v", Invalid, "no key of Vault"),
        ("https://u:hunter2@v/transit/keys/k", "", Invalid, "no key of Vault"),
        ("https://v/transit/keys/k?token=hunter2", "", Invalid, "no key of Vault"),
        ("transit/keys/k", "https://hunter2@v", Invalid, "no key of Vault"),
        ("http://v:8200/transit/keys/k", "", Invalid, "https"),
        ("transit/keys/k", "http://10.0.0.1:8200", Invalid, "https"),
        ("transit/keys/k", "unix:///run/vault", Invalid, "no key of Vault|https"),
    ],
)
def test_what_names_no_key_or_sends_it_in_the_clear_is_refused(text: str, address: str, error: type[RecollectError], match: str) -> None:
    with pytest.raises(error, match=match) as caught:
        VaultPlace.of(text, address)
    assert "hunter2" not in str(caught.value)


def test_without_a_token_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with vault("https://vault.example.com", ""):
        with pytest.raises(NotFound, match="vault login"):
            open_kek("vault:transit/keys/k")
        (tmp_path / ".vault-token").write_text("hvs.of-a-file\n")
        assert VaultKey("transit/keys/k")._service.client.token == "hvs.of-a-file"
    with vault("https://vault.example.com", "line\nbreak"), pytest.raises(Invalid, match="no token") as caught:
        open_kek("vault:transit/keys/k")
    assert "break" not in told(caught.value)


def test_a_token_that_was_replaced_is_read_anew(transit: str, admin: hvac.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = admin.auth.token.create(policies=["root"])["auth"]["client_token"]
    monkeypatch.setenv("VAULT_TOKEN", token)
    with closing(VaultKey(transit)) as kek:
        wrapped = kek.wrap(MARK, "x")
        admin.auth.token.revoke(token)
        monkeypatch.setenv("VAULT_TOKEN", ROOT)
        assert kek.unwrap(wrapped, "x") == MARK


def test_a_policy_for_the_two_operations_is_enough_and_makes_no_keys(transit: str, admin: hvac.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    mount = transit.partition("/")[0]
    rules = "\n".join(f'path "{mount}/{one}/recollect" {{ capabilities = ["update"] }}' for one in ("encrypt", "decrypt"))
    admin.sys.create_or_update_policy(mount, rules)
    monkeypatch.setenv("VAULT_TOKEN", admin.auth.token.create(policies=[mount])["auth"]["client_token"])
    with closing(VaultKey(transit)) as kek:
        with pytest.raises(Locked, match=r"Vault refuses|Vault denies"):
            kek.wrap(MARK, "x")
        admin.secrets.transit.create_key("recollect", mount_point=mount)
        assert kek.unwrap(kek.wrap(MARK, "x"), "x") == MARK
    with closing(VaultKey(transit + "-of-others")) as other, pytest.raises(Locked, match=r'denies.*path ".*" \{ capabilities = \["update"\]'):
        other.wrap(MARK, "x")


def test_what_older_versions_wrapped_is_wrapped_by_the_newest(transit: str, admin: hvac.Client) -> None:
    mount = transit.partition("/")[0]
    store = StoredKeys(MemoryStore())
    owners = [Owner("", "user", f"user {n}") for n in range(3)]
    ring = Keyring(VaultKey(transit), store)
    macs = [ring.key(owner, make=True).mac(b"") for owner in owners]
    assert ring.rewrap(VaultKey(transit)) == 0
    admin.secrets.transit.rotate_key("recollect", mount_point=mount)
    assert Keyring(VaultKey(transit), store).key(owners[0]).mac(b"") == macs[0]
    assert ring.rewrap(VaultKey(transit)) == 4
    assert ring.rewrap(VaultKey(transit)) == 0
    admin.secrets.transit.update_key_configuration("recollect", min_decryption_version=2, mount_point=mount)
    assert [Keyring(VaultKey(transit), store).key(owner).mac(b"") for owner in owners] == macs
    ring.close()


def test_a_version_that_may_not_open_any_more_is_told(transit: str, admin: hvac.Client) -> None:
    mount = transit.partition("/")[0]
    with closing(VaultKey(transit)) as kek:
        wrapped = kek.wrap(MARK, "x")
        admin.secrets.transit.rotate_key("recollect", mount_point=mount)
        admin.secrets.transit.update_key_configuration("recollect", min_decryption_version=2, mount_point=mount)
        with pytest.raises(Locked, match=r"too old.*its versions"):
            kek.unwrap(wrapped, "x")


def test_the_certificate_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    server = OpenBao(tls=True).start()
    try:
        mount = new_mount(server)
        with vault(server.url):
            monkeypatch.setenv("VAULT_SKIP_VERIFY", "true")
            with closing(VaultKey(f"{mount}/keys/k")) as kek, pytest.raises(KeyServiceFailed, match="VAULT_CACERT"):
                kek.wrap(MARK, "x")
            monkeypatch.setenv("VAULT_CACERT", str(server.authority))
            with closing(open_kek(f"vault:{server.url}/{mount}/keys/k")) as kek:
                assert kek.unwrap(kek.wrap(MARK, "x"), "x") == MARK
    finally:
        server.discard()


def test_a_certificate_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with vault("https://127.0.0.1:9"):
        monkeypatch.setenv("VAULT_CACERT", str(tmp_path / "none"))
        with pytest.raises(KeyServiceFailed, match=r"VAULT_CACERT.* cannot be read"):
            VaultKey("transit/keys/k").wrap(MARK, "x")


@pytest.mark.usefixtures("quick")
def test_a_vault_that_is_sealed_or_stands_still_is_told_and_used_again_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    server = OpenBao().start()
    try:
        mount = new_mount(server)
        with vault(server.url), closing(VaultKey(f"{mount}/keys/k")) as kek:
            wrapped = kek.wrap(MARK, "x")
            server.pause()
            for match in ("does not answer", "a moment ago"):
                with pytest.raises(KeyServiceFailed, match=match):
                    kek.unwrap(wrapped, "x")
            server.resume()
            monkeypatch.setattr(kek._service, "_clock", lambda: float("inf"))
            assert kek.unwrap(wrapped, "x") == MARK
            with closing(server.client().adapter) as adapter:
                adapter.put("/v1/sys/seal")
            with pytest.raises(KeyServiceFailed, match="unseal"):
                kek.unwrap(wrapped, "x")
    finally:
        server.discard()


def errors(status: int, *texts: str) -> Answer:
    return Answer(status, json.dumps({"errors": texts}).encode())


def echo(body: bytes) -> bytes:
    return json.dumps({"errors": [body.decode(), *map(str, json.loads(body).values()), TOKEN]}).encode()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("answer", "error", "match"),
    [
        (errors(403, "permission denied"), Locked, "denies.*permission denied"),
        (errors(400, "encryption key not found"), Locked, "encryption key not found"),
        (errors(404, "no handler"), Locked, "no transit engine at transit"),
        (errors(429, "quota"), KeyServiceFailed, "too often"),
        (errors(500, "internal"), KeyServiceFailed, "fails"),
        (errors(503, "Vault is sealed"), KeyServiceFailed, "unseal"),
        (Answer(502, b"<html>", "text/html"), KeyServiceFailed, "fails"),
        (Answer(400, b"[1]"), KeyServiceFailed, "not what Vault answers"),
        (Answer(404, b"<html>"), KeyServiceFailed, "not what Vault answers"),
        (Answer(307, location="http://127.0.0.1:9/"), KeyServiceFailed, "not what Vault answers"),
        (Answer(200, b"<html>"), KeyServiceFailed, "not what Vault answers"),
        (Answer(200, b"[]"), KeyServiceFailed, "not what Vault answers"),
        (Answer(200, b"{}"), KeyServiceFailed, "not what Vault answers"),
        (Answer(200, b'{"data": 1}'), KeyServiceFailed, "not what Vault answers"),
        (Answer(200, b'{"data": {"ciphertext": 1}}'), KeyServiceFailed, "not what Vault answers"),
        (Answer(200, b'{"data": {"ciphertext": "x", "plaintext": "%"}}'), KeyServiceFailed, "not what Vault answers"),
        (Answer(200, '{"data": {"ciphertext": "\u00fc", "plaintext": "\u00fc"}}'.encode()), KeyServiceFailed, "not what Vault answers"),
        (Answer(400, echo), KeyServiceFailed, "not what Vault answers"),
        (Answer(0), KeyServiceFailed, "does not answer"),
        (Answer(-1), KeyServiceFailed, "does not answer"),
    ],
)
def test_what_goes_wrong_is_told_and_shows_neither_key_nor_token(
    answer: Answer, error: type[RecollectError], match: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Scripted(answer) as scripted, vault(scripted.url, TOKEN), caplog.at_level(logging.DEBUG):
        for call in (lambda kek: kek.wrap(Concealed(MARK), "x"), lambda kek: kek.unwrap(b"vault:v1:abcd", "x")):
            kek = VaultKey("transit/keys/k")
            with pytest.raises(error, match=match) as caught:
                call(kek)
            kek.close()
            for hidden in (MARK.decode(), b64encode(MARK).decode()[:20], TOKEN):
                assert hidden not in told(caught.value)
                assert hidden not in caplog.text
                assert hidden not in repr(kek) + repr(vars(kek))


@pytest.mark.usefixtures("quick")
def test_a_busy_vault_is_asked_again_and_who_redirects_gets_no_token() -> None:
    good = Answer(200, b'{"data": {"ciphertext": "vault:v1:abcd"}}')
    with Scripted(errors(429), good) as scripted, vault(scripted.url, TOKEN), closing(VaultKey("transit/keys/k")) as kek:
        assert kek.wrap(MARK, "x") == b"vault:v1:abcd"
        assert [one["X-Vault-Token"] for one in scripted.seen] == [TOKEN] * 2
    with Scripted(good) as other, Scripted(Answer(307, location=other.url)) as first, vault(first.url, TOKEN):
        with closing(VaultKey("transit/keys/k")) as kek, pytest.raises(KeyServiceFailed):
            kek.wrap(MARK, "x")
        assert other.seen == []


def test_a_client_of_one_s_own_is_used(transit: str, admin: hvac.Client) -> None:
    with vault("", ""):
        kek = VaultKey(transit, admin)
        assert kek.unwrap(kek.wrap(MARK, "x"), "x") == MARK


def test_without_hvac_it_says_what_to_install(without: Callable[[str], None]) -> None:
    without("hvac")
    with vault("https://vault.example.com"), pytest.raises(ImportError, match=r"recollect\[vault\]"):
        open_kek("vault:transit/keys/k")
