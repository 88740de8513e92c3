"""Email addresses: as they are sent, in any script, quoted, and spelled out with [at] and [dot]."""

import re
from collections.abc import Iterator

from recollect.privacy.redaction.context import after, before, words
from recollect.privacy.redaction.kinds import Found

_LONGEST_LOCAL = 64
_LONGEST_DOMAIN = 253
_MARKS = frozenset("!#$%&'*+/=?^_`{|}~.-")
"""What may stand in a local part beside letters and digits."""
_EDGES = "!#$%&'*/=?^`{|}~.-"
"""Of these, what does not begin a local part in a text: it is punctuation."""
_LITERAL = re.compile(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]")
_FILES = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "json", "html", "xml", "pdf", "zip", "gz", "txt", "md", "py")
)
"""Endings of files, which are no domains: ``logo@2x.png``."""
_VERSION = re.compile(r"\d+\.\d+(?:\.|$)|v\d")
_CUT = re.compile(r"[^\w.-]|\.\.|[_]")
_CJK = "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_CJK_AND_LATIN = re.compile(f"{_CJK}(?=[!-~])")
_LATIN_AND_CJK = re.compile(f"[!-~](?={_CJK})")
_ATS = "at|@|ät|arroba|arobase|chiocciola|apenstaartje|małpa|malpa|snabel-?a|собака|собачка|アット|アットマーク|골뱅이"
_DOTTED = r"dot|\.|punkt|punto|point|ponto|punt|kropka|prick|точка|ドット|点|점"
_AT = rf"[ \t]{{0,3}}[\[({{<][ \t]{{0,2}}(?:{_ATS})[ \t]{{0,2}}[\])}}>][ \t]{{0,3}}|@"
_DOT = rf"[ \t]{{0,3}}[\[({{<][ \t]{{0,2}}(?:{_DOTTED})[ \t]{{0,2}}[\])}}>][ \t]{{0,3}}"
_SPELLED_AT = re.compile(rf"{_AT}|[ \t](?:at|AT|arroba|arobase|chiocciola|собака)[ \t]", re.IGNORECASE)
_SPELLED_DOT = re.compile(rf"{_DOT}|[ \t](?:dot|punkt|punto|point|ponto|punt|kropka|точка)[ \t]|\.", re.IGNORECASE)
_DOT_BEFORE = re.compile(rf"(?:{_DOT}|[ \t](?:dot|punkt|punto|point|ponto|punt|kropka|точка)[ \t])\Z", re.IGNORECASE)
_MARK = re.compile(rf"[\[({{<][ \t]{{0,2}}(?:{_ATS}|{_DOTTED})[ \t]{{0,2}}[\])}}>]", re.IGNORECASE)
_SPOKEN = (" dot ", " punkt ", " punto ", " point ", " ponto ", " punt ", " kropka ", " точка ")
"""Without a mark or one of these, nothing is spelled out."""
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
_NAMED = re.compile(words("mail e-mail email correo courriel gmail", stems="e-mail email mail почт poczt", anywhere="メール 邮箱 邮件 電郵 이메일"))
_DOT_WIDTH = 16
_DOTS = 4


def emails(text: str) -> Iterator[Found]:
    """Yield the email addresses in a text."""
    done = 0
    place = text.find("@")
    while place >= 0:
        found = _around(text, place, done)
        if found is not None:
            done = found.end
            yield found
        place = text.find("@", max(place + 1, done))


def spelled(text: str) -> Iterator[Found]:
    """Yield the addresses whose signs are spelled out: ``ana [at] example [dot] com``."""
    marked = any(mark in text for mark in "[({<") and _MARK.search(text) is not None
    low = text.lower()
    if not marked and not any(dot in low for dot in _SPOKEN):
        return
    done = 0
    for at in _SPELLED_AT.finditer(text):
        if at.start() < done:
            continue
        marked, sign = at[0].strip()[0] in "[({<", at[0] == "@"
        start, local = _spelled_local(text, at.start(), done)
        end, domain, dots = _spelled_domain(text, at.end(), marked=marked or sign)
        if not local or not dots or domain.rpartition(".")[2].isdigit():
            continue
        named = sign or not local.isalpha() or _NAMED.search(before(text, start)) or _NAMED.search(after(text, end))
        if marked or (dots == "spelled" and named):
            done = end
            yield Found("EMAIL", start, end, f"{local}@{domain}".lower())


def _around(text: str, at: int, done: int) -> Found | None:
    """Return the address around an ``@``."""
    end, domain = _domain(text, at + 1)
    if not domain:
        return None
    start = _quoted(text, at, done) if text[at - 1 : at] == '"' else _local(text, at, done)
    if start == at or (text[start:at] == "git" and text[end : end + 1] in (":", "/")):
        return None
    return Found("EMAIL", start, end, f"{text[start:at]}@{domain}".lower())


def _local(text: str, at: int, done: int) -> int:
    """Return where the local part in front of an ``@`` begins; ``at`` if there is none."""
    start, least = at, max(done, at - _LONGEST_LOCAL)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in _MARKS):
        start -= 1
    for cut in _CJK_AND_LATIN.finditer(text, start, at):  # in Chinese and Japanese, nothing parts an address from the words in front of it
        start = cut.end()
    for mark in "=/?&|{":  # in a URL, the address is what stands behind the last of these
        start = max(start, text.rfind(mark, start, at) + 1)
    if start == least and start > done and text[start - 1].isalnum():
        return at
    while start < at and text[start] in _EDGES:
        start += 1
    return start


def _quoted(text: str, at: int, done: int) -> int:
    """Return where a quoted local part begins; ``at`` if it does not."""
    least = max(done, at - _LONGEST_LOCAL - 2)
    start = text.rfind('"', least, at - 1)
    opens = start == 0 or (start > 0 and (text[start - 1].isspace() or text[start - 1] in '<>(:,{[=;"'))  # else, it closes another quotation
    opens = opens and not (text[start + 1].isspace() or text[start + 1] in ",:;]})")
    return start if opens and at - start > 2 and "\n" not in text[start:at] else at  # noqa: PLR2004 - two quotes


def _domain(text: str, start: int) -> tuple[int, str]:
    """Return where the domain that begins here ends, and the domain; an empty one if there is none."""
    literal = _LITERAL.match(text, start)
    if literal:
        return literal.end(), literal[0]
    near = text[start : start + _LONGEST_DOMAIN]
    cut = _CUT.search(near)
    labels: list[str] = []
    for label in (near if cut is None else near[: cut.start()]).split("."):
        clean = _in_one_script(label)
        if not clean or _LABEL.fullmatch(clean.rstrip("-")) is None:
            break
        labels.append(clean.rstrip("-"))
        if clean != label:
            break
    domain = ".".join(labels)
    last = labels[-1] if labels else ""
    if len(labels) < 2 or len(last) < 2 or not _is_top(last) or last.lower() in _FILES or _VERSION.match(domain):  # noqa: PLR2004
        return start, ""
    return start + len(domain), domain


def _in_one_script(label: str) -> str:
    """Return the beginning of a label, up to where Latin letters turn into Chinese or Japanese ones."""
    cut = _LATIN_AND_CJK.search(label)
    return label if cut is None else label[: cut.end()]


def _is_top(label: str) -> bool:
    return label.isalpha() or label.lower().startswith("xn--") or (not label.isascii() and not any(map(str.isdigit, label)))


def _spelled_local(text: str, end: int, done: int) -> tuple[int, str]:
    """Return where a local part begins that ends here, and it, with its dots in place."""
    start = _plain_before(text, end, done)
    local = text[start:end]
    for _ in range(_DOTS):
        dot = _DOT_BEFORE.search(text[max(done, start - _DOT_WIDTH) : start])
        if not local or dot is None:
            break
        stop = start - len(dot[0])
        start = _plain_before(text, stop, done)
        if start == stop:
            return stop + len(dot[0]), local
        local = f"{text[start:stop]}.{local}"
    return start, local


def _plain_before(text: str, end: int, done: int) -> int:
    start = end
    while start > max(done, end - _LONGEST_LOCAL) and (text[start - 1].isalnum() or text[start - 1] in "._+-"):
        start -= 1
    while start < end and text[start] in ".-":
        start += 1
    return start


def _spelled_domain(text: str, start: int, *, marked: bool) -> tuple[int, str, str]:
    """Return where a spelled domain ends, the domain, and how its dots are written: "" for no domain, "plain" or "spelled"."""
    label = _LABEL.match(text, start)
    if label is None:
        return start, "", ""
    labels, end, how = [label[0]], label.end(), ""
    for _ in range(_DOTS):
        dot = _SPELLED_DOT.match(text, end)
        label = dot and _LABEL.match(text, dot.end())
        if dot is None or label is None or (dot[0] == "." and not marked and not how):
            break
        how = how if dot[0] == "." and how else "plain" if dot[0] == "." else "spelled"
        labels.append(label[0])
        end = label.end()
    return (end, ".".join(labels), how) if len(labels) > 1 and len(labels[-1]) > 1 and not labels[-1].isdigit() else (start, "", "")
