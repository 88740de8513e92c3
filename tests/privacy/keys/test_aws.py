"""Keys of AWS KMS: what names one, and what its refusals and silences become."""

import json
import logging
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing

import boto3
import pytest

from privacy.keys.keks import aws, new_kms_key
from privacy.keys.scripted import Answer, Scripted
from privacy.keys.shown import told
from recollect.errors import Invalid, KeyServiceFailed, Locked, RecollectError
from recollect.privacy.keys import aws as module
from recollect.privacy.keys.aws import KmsKey
from recollect.privacy.keys.opening import open_kek
from recollect.privacy.keys.secret import Concealed
from servers.s3 import SECRET, server

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
MARK = b"Quetzalcoatl" * 3


@pytest.fixture
def kms() -> Iterator[None]:
    with aws(server("moto").url):
        yield


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTEMPTS", 2)
    monkeypatch.setattr(module, "READ", 0.2)


def refused(code: str, status: int = 400, message: str = "no") -> Answer:
    return Answer(status, json.dumps({"__type": code, "message": message}).encode(), "application/x-amz-json-1.1")


@pytest.mark.usefixtures("kms")
def test_an_id_and_an_arn_name_the_same_key() -> None:
    arn = new_kms_key()
    one, two = open_kek(f"aws-kms:{arn}"), open_kek(f"aws-kms:{arn.rpartition('/')[2]}")
    assert one.name == two.name
    assert two.unwrap(one.wrap(MARK, "ring"), "ring") == MARK


@pytest.mark.usefixtures("kms")
def test_an_arn_names_its_region_and_an_id_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(Invalid, match="AWS_REGION"):
        KmsKey(KEY)
    assert KmsKey(f"arn:aws:kms:eu-west-3:123456789012:key/{KEY}")._service.client.meta.region_name == "eu-west-3"


@pytest.mark.parametrize("text", ["alias/mine", "arn:aws:kms:eu-west-3:123456789012:alias/mine", "arn:aws:s3:::bucket", "a b"])
def test_an_alias_is_no_name_of_a_key(text: str) -> None:
    with pytest.raises(Invalid, match="alias"):
        KmsKey(text)


@pytest.mark.usefixtures("kms")
def test_the_owner_s_pseudonym_is_the_encryption_context() -> None:
    arn = new_kms_key()
    wrapped = KmsKey(arn).wrap(MARK, "0123abcd")
    with closing(boto3.session.Session().client("kms")) as client:
        assert client.decrypt(KeyId=arn, CiphertextBlob=wrapped, EncryptionContext={"recollect": "0123abcd"})["Plaintext"] == MARK


@pytest.mark.usefixtures("kms")
def test_a_client_of_one_s_own_is_used() -> None:
    arn = new_kms_key()
    with closing(boto3.session.Session().client("kms")) as client:
        assert KmsKey(arn, client)._service.client is client
        assert KmsKey(arn, client).unwrap(KmsKey(arn).wrap(MARK, "x"), "x") == MARK


@pytest.mark.usefixtures("kms")
def test_the_key_that_did_not_wrap_refuses() -> None:
    one, two = KmsKey(new_kms_key()), KmsKey(new_kms_key())
    with pytest.raises(Locked, match=r"another key wrapped this|denies"):
        two.unwrap(one.wrap(MARK, "x"), "x")


@pytest.mark.usefixtures("kms")
def test_a_key_that_is_absent_says_so() -> None:
    with pytest.raises(Locked, match="no such key"):
        KmsKey(KEY).wrap(MARK, "x")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("answer", "error", "match"),
    [
        (refused("AccessDeniedException", message="User: bob is not authorized"), Locked, "kms:Encrypt and kms:Decrypt.*User: bob"),
        (refused("DisabledException"), Locked, "enable it"),
        (refused("KMSInvalidStateException"), Locked, "deletion"),
        (refused("IncorrectKeyException"), Locked, "another key"),
        (refused("ExpiredTokenException"), Locked, "expired"),
        (refused("UnrecognizedClientException"), Locked, "does not know these credentials"),
        (refused("InvalidKeyUsageException"), Locked, "symmetric"),
        (refused("SomethingNewException"), Locked, "SomethingNewException"),
        (refused("ThrottlingException"), KeyServiceFailed, "too often"),
        (refused("KMSInternalException", 500), KeyServiceFailed, "fails"),
        (Answer(503, b"<html>"), KeyServiceFailed, "fails|not answer"),
        (Answer(200, b"<html>"), KeyServiceFailed, "does not answer|answers without"),
        (Answer(200, b"{}"), KeyServiceFailed, "answers without"),
        (Answer(200, b"[1]"), KeyServiceFailed, "not what AWS KMS answers"),
        (Answer(200, b'{"Plaintext": "%%%", "CiphertextBlob": "%%%"}'), KeyServiceFailed, "does not answer|answers without"),
        (Answer(400, b""), Locked, "refuses"),
        (Answer(0), KeyServiceFailed, "does not answer"),
        (Answer(-1), KeyServiceFailed, "does not answer"),
    ],
)
def test_what_goes_wrong_is_told_and_shows_no_key(answer: Answer, error: type[RecollectError], match: str, caplog: pytest.LogCaptureFixture) -> None:
    with Scripted(answer) as scripted, aws(scripted.url), caplog.at_level(logging.DEBUG):
        for call in (lambda kek: kek.wrap(Concealed(MARK), "x"), lambda kek: kek.unwrap(b"wrapped", "x")):
            kek = KmsKey(KEY)
            with pytest.raises(error, match=match) as caught:
                call(kek)
            kek.close()
            for hidden in (MARK.decode(), b64encode(MARK).decode()[:20], SECRET):
                assert hidden not in told(caught.value)
                assert hidden not in caplog.text


@pytest.mark.usefixtures("quick")
def test_a_throttled_request_is_sent_again() -> None:
    good = Answer(200, json.dumps({"KeyId": KEY, "CiphertextBlob": b64encode(b"wrapped").decode()}).encode())
    with Scripted(refused("ThrottlingException"), good) as scripted, aws(scripted.url), closing(KmsKey(KEY)) as kek:
        assert kek.wrap(MARK, "x") == b"wrapped"
        assert len(scripted.seen) == 2


def test_without_credentials_it_says_where_they_are_looked_for() -> None:
    with aws("http://127.0.0.1:9"), pytest.MonkeyPatch.context() as environment:
        environment.delenv("AWS_ACCESS_KEY_ID")
        environment.delenv("AWS_SECRET_ACCESS_KEY")
        environment.setenv("HOME", os.devnull)
        with pytest.raises(Locked, match="credentials"):
            KmsKey(KEY).wrap(MARK, "x")


@pytest.mark.usefixtures("kms")
def test_nothing_of_a_call_is_logged_and_what_others_do_is(caplog: pytest.LogCaptureFixture) -> None:
    arn = new_kms_key()
    kek = KmsKey(arn)
    with caplog.at_level(logging.DEBUG):
        assert kek.unwrap(kek.wrap(MARK, "x"), "x") == MARK
        ours = caplog.text
        with closing(boto3.session.Session().client("kms")) as client:
            client.encrypt(KeyId=arn, Plaintext=MARK)
    assert b64encode(MARK).decode()[:20] not in ours
    assert SECRET not in ours
    assert b64encode(MARK).decode()[:20] in caplog.text


def test_an_endpoint_that_is_none_is_refused_without_being_shown() -> None:
    with aws("hunter2@nowhere"), pytest.raises(Invalid, match="AWS_ENDPOINT_URL_KMS") as caught:
        KmsKey(KEY)
    assert "hunter2" not in told(caught.value)


def test_without_boto3_it_says_what_to_install(without: Callable[[str], None]) -> None:
    without("boto3")
    with pytest.raises(ImportError, match=r"recollect\[aws\]"):
        open_kek(f"aws-kms:{KEY}")
