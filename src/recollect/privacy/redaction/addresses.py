"""IP addresses, version 4 and 6."""

import re
from collections.abc import Iterator
from ipaddress import IPv6Address

from recollect.privacy.redaction.context import before, words
from recollect.privacy.redaction.digits import is_word
from recollect.privacy.redaction.kinds import Found

_FOUR = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![A-Za-z0-9]|\.\d)")
_SIX = re.compile(r"(?<![0-9A-Fa-f:.])[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_COLON = re.compile(":(?!:)")
"""What parts an address from the word in front of it."""
_LONGEST_SIX = 45
_SAME_SENTENCE = 64
"""Characters in front of four numbers in which a version may be named: "version 4.2.1.0, not 4.2.2.0"."""
_FEWEST_COLONS, _MOST_COLONS = 2, 7
_NOT = re.compile(
    words(
        "v ver rev build chapter section kapitel abschnitt capítulo capitolo chapitre sección sezione hoofdstuk rozdział",
        "firmware release oid asn paragraph § art",
        stems="version versión versão versione versie wersj версі версия верси firmware release upgrad updat aktualis patch paragraph verzi",
        anywhere="バージョン ヴァージョン 版本 버전",
    )
)
_REVISION = re.compile(r"-\d")
_IS = re.compile(
    words("ip ipv4 address server host ping gateway dns addr adresse dirección indirizzo endereço adres сервер адрес", anywhere="アドレス 地址 주소")
)


def addresses(text: str) -> Iterator[Found]:
    """Yield the IP addresses in a text."""
    if text.count(".") >= 3:  # noqa: PLR2004 - between four numbers
        for one in _FOUR.finditer(text):
            if is_word(text, one.start() - 1) or text[one.start() - 1 : one.start()] == ".":
                continue
            numbers = [int(part) for part in one[0].split(".")]
            if max(numbers) <= 255 and not _is_version(text, *one.span()):  # noqa: PLR2004 - an octet
                yield Found("IP", one.start(), one.end(), ".".join(map(str, numbers)))
    if text.count(":") >= _FEWEST_COLONS:
        yield from _version_6(text)


def _version_6(text: str) -> Iterator[Found]:
    for one in _SIX.finditer(text):
        if is_word(text, one.start() - 1) and not _COLON.match(one[0]):
            continue
        start = one.start() + bool(_COLON.match(one[0]))
        if text[start - 1 : start] == "[" and (is_word(text, start - 2) or text[start - 2 : start - 1] in (")", "]", "_")):
            continue  # a slice in a program
        written = text[start : one.end()]
        if not written.endswith("::"):
            written = written.rstrip(":.")
        if len(written) > _LONGEST_SIX or written.count(":") < _FEWEST_COLONS:
            continue
        end = start + len(written)
        if text[end : end + 1].isalpha() or (not any(map(str.isdigit, written)) and written.count(":") < _MOST_COLONS):
            continue
        try:
            address = IPv6Address(written)
        except ValueError:
            continue
        yield Found("IP", start, end, str(address))


def _is_version(text: str, start: int, end: int) -> bool:
    """Tell whether four numbers are a package's, with its revision (1.7.4.4-2), or the words in front say that they are a version or a chapter."""
    if _REVISION.match(text, end) and text[start + 1] == ".":
        return True
    if text[start - 1 : start] in ("v", "V") or text[max(0, start - 2) : start] in ("==", ">=", "~=", "<=", "^", "@"):
        return True
    near = before(text, start, _SAME_SENTENCE)
    named = [match.end() for match in _NOT.finditer(near)]
    return bool(named) and all(match.end() < named[-1] for match in _IS.finditer(near))
