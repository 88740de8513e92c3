"""API keys, tokens, private keys, and passwords that stand in URLs or behind their name."""

import re
from collections.abc import Iterator

from recollect.privacy.redaction.kinds import Found

_WORD = "[A-Za-z0-9]"
_URLSAFE = "[A-Za-z0-9_-]"
_HEX = "[0-9a-f]"

_VENDORS = {
    # prefix: what follows it, of which vendor
    "AKIA": "[A-Z2-7]{16}",  # Amazon Web Services
    "ASIA": "[A-Z2-7]{16}",
    "ABIA": "[A-Z2-7]{16}",
    "ACCA": "[A-Z2-7]{16}",
    "LTAI": f"{_WORD}{{12,26}}",  # Alibaba Cloud
    "AIza": f"{_URLSAFE}{{30,40}}",  # Google
    "GOCSPX-": f"{_URLSAFE}{{20,40}}",
    "ya29.": r"[\w.-]{20,}+",
    "ghp_": f"{_WORD}{{20,255}}+",  # GitHub
    "gho_": f"{_WORD}{{20,255}}+",
    "ghu_": f"{_WORD}{{20,255}}+",
    "ghs_": f"{_WORD}{{20,255}}+",
    "ghr_": f"{_WORD}{{20,255}}+",
    "github_pat_": r"\w{22,255}+",
    "glpat-": r"[\w.-]{16,}+",  # GitLab
    "gldt-": r"[\w.-]{16,}+",
    "glrt-": r"[\w.-]{16,}+",
    "glcbt-": r"[\w.-]{16,}+",
    "glptt-": r"[\w.-]{16,}+",
    "glsoat-": r"[\w.-]{16,}+",
    "sk-": f"{_URLSAFE}{{18,}}+",  # OpenAI, Anthropic, OpenRouter, DeepSeek
    "sk_live_": f"{_WORD}{{10,}}+",  # Stripe
    "sk_test_": f"{_WORD}{{10,}}+",
    "rk_live_": f"{_WORD}{{10,}}+",
    "rk_test_": f"{_WORD}{{10,}}+",
    "pk_live_": f"{_WORD}{{10,}}+",
    "pk_test_": f"{_WORD}{{10,}}+",
    "whsec_": r"[\w+/=]{16,}+",
    "xoxb-": f"{_URLSAFE}{{10,}}+",  # Slack
    "xoxp-": f"{_URLSAFE}{{10,}}+",
    "xoxa-": f"{_URLSAFE}{{10,}}+",
    "xoxr-": f"{_URLSAFE}{{10,}}+",
    "xoxs-": f"{_URLSAFE}{{10,}}+",
    "xoxe": r"[\w.-]{10,}+",
    "xapp-": f"{_URLSAFE}{{10,}}+",
    "hooks.slack.com/": r"(?:services|workflows)/[\w/-]{20,}+",
    "discord.com/api/webhooks/": r"\d{10,20}/[\w-]{20,}+",
    "SG.": r"[\w-]{16,32}\.[\w-]{16,64}",  # SendGrid
    "SK": f"{_HEX}{{32}}",  # Twilio
    "AC": f"{_HEX}{{32}}",
    "key-": f"{_HEX}{{32}}",  # Mailgun
    "npm_": f"{_WORD}{{30,}}+",
    "pypi-": f"{_URLSAFE}{{30,}}+",
    "rubygems_": f"{_HEX}{{40,}}",
    "oy2": "[a-z0-9]{43}",  # NuGet
    "hf_": f"{_WORD}{{24,}}+",  # Hugging Face
    "gsk_": f"{_WORD}{{30,}}+",  # Groq
    "r8_": f"{_WORD}{{30,}}+",  # Replicate
    "xai-": f"{_WORD}{{30,}}+",
    "pplx-": f"{_WORD}{{30,}}+",
    "tvly-": f"{_URLSAFE}{{20,}}+",
    "lsv2_": r"\w{30,}+",  # LangSmith
    "AQVN": f"{_URLSAFE}{{30,}}+",  # Yandex
    "dop_v1_": f"{_HEX}{{40,}}",  # DigitalOcean
    "doo_v1_": f"{_HEX}{{40,}}",
    "dor_v1_": f"{_HEX}{{40,}}",
    "shpat_": "[0-9a-fA-F]{32}",  # Shopify
    "shpca_": "[0-9a-fA-F]{32}",
    "shppa_": "[0-9a-fA-F]{32}",
    "shpss_": "[0-9a-fA-F]{32}",
    "sq0atp-": f"{_URLSAFE}{{22}}",  # Square
    "sq0csp-": f"{_URLSAFE}{{43}}",
    "EAAC": f"{_WORD}{{30,}}+",  # Facebook
    "EAAA": f"{_URLSAFE}{{50,}}+",
    "dapi": f"{_HEX}{{32}}",  # Databricks
    "lin_api_": f"{_WORD}{{30,}}+",  # Linear
    "secret_": f"{_WORD}{{32,}}+",  # Notion
    "ntn_": f"{_WORD}{{30,}}+",
    "PMAK-": f"{_HEX}{{24}}-{_HEX}{{34}}",  # Postman
    "figd_": f"{_URLSAFE}{{30,}}+",  # Figma
    "hvs.": r"[\w-]{20,}+",  # Vault
    "hvb.": r"[\w-]{20,}+",
    "dp.pt.": f"{_WORD}{{30,}}+",  # Doppler
    "glsa_": r"\w{30,}+",  # Grafana
    "glc_": r"[\w+/=]{30,}+",
    "NRAK-": "[A-Z0-9]{20,}+",  # New Relic
    "sntrys_": r"[\w+/=-]{30,}+",  # Sentry
    "sntryu_": f"{_HEX}{{40,}}",
    "pscale_": r"(?:tkn|pw|oauth)_[\w.-]{20,}+",  # PlanetScale
    "sbp_": f"{_HEX}{{30,}}",  # Supabase
    "sb_secret_": r"[\w-]{16,}+",
    "fo1_": f"{_URLSAFE}{{30,}}+",  # Fly
    "tskey-": f"{_URLSAFE}{{16,}}+",  # Tailscale
    "ATATT3": r"[\w=-]{30,}+",  # Atlassian
    "ATBB": r"\w{28,}+",  # Bitbucket
    "HRKU-": f"{_URLSAFE}{{30,}}+",  # Heroku
    "nfp_": f"{_WORD}{{30,}}+",  # Netlify
    "dckr_pat_": f"{_URLSAFE}{{20,}}+",  # Docker
    "AGE-SECRET-KEY-1": "[A-Z0-9]{40,}+",
    "xkeysib-": f"{_URLSAFE}{{30,}}+",  # Brevo
    "rdme_": "[a-z0-9]{40,}+",
    "pul-": f"{_HEX}{{40}}",  # Pulumi
    "aio_": f"{_WORD}{{28}}",  # Adafruit
    "dt0c01.": r"[A-Z0-9]{24}\.[A-Z0-9]{64}",  # Dynatrace
    "AccountKey=": r"[\w+/]{40,}+={0,2}",  # Azure
    "CFPAT-": f"{_URLSAFE}{{40,}}+",  # Contentful
}
_PATTERNS = {prefix: re.compile(rf"(?<![A-Za-z0-9]){re.escape(prefix)}{rest}", re.ASCII) for prefix, rest in _VENDORS.items()}
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[\w-]{5,}+\.[\w-]{5,}+(?:\.[\w-]*+){1,3}", re.ASCII)
"""JSON web tokens. They begin where no word does before: else one long word that begins again and again would be read again and again."""

_PRIVATE = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_PRIVATE_END = re.compile(r"-----END (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINE = re.compile(r"\s*+[A-Za-z0-9+/=]{16,}+")
_LONGEST_KEY = 65_536
_SHORTEST = 14
"""Characters of the shortest token: texts of shorter words have none."""

_BOT = re.compile(r"(?<![0-9A-Za-z])\d{8,10}:A[A-Za-z0-9_-]{34}(?![A-Za-z0-9_-])")  # Telegram
_DISCORD = re.compile(r"[MNO](?<![\w-][MNO])[A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}(?![\w-])", re.ASCII)
_MAILCHIMP = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}-us\d{1,2}(?!\d)")
_IN_URL = re.compile(r"://[^\s:/@?#<>\"'\x00]{0,64}:([^\s/@<>\"'\x00]{1,128})@(?=[\w\[])")
_ASSIGNED = re.compile(
    r"(?<![a-z])(?:api[ _-]?(?:keys?|tokens?|secret)|secret[ _-]?(?:access[ _-]?)?key|access[ _-]?(?:key|token)"
    r"|(?:auth|refresh|id|session|bearer)[ _-]?token|client[ _-]?secret|private[ _-]?token|account[ _-]?key|webhook[ _-]?secret|tokens?|secrets?"
    r"|passwor[dt]s?|passwd|pwd|passwort|kennwort|contraseña|clave|mot de passe|senha|wachtwoord|hasło|пароль|パスワード|密码|비밀번호)"
    r"[\"']?[ \t]{0,2}(?:[:=]|=>|は|是|is|ist|es|est|è|é)[ \t]{0,2}[\"'`]?([^\s\"'`<>,;&\x00]{8,512})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?<![a-z])(?:bearer|basic)[ \t]{1,3}([A-Za-z0-9._~+/=-]{16,4096})", re.IGNORECASE)
_NAMES = (
    "key",
    "token",
    "secret",
    "passw",
    "pwd",
    "kennwort",
    "contrase",
    "clave",
    "mot de passe",
    "senha",
    "wachtwoord",
    "hasło",
    "пароль",
    "パスワード",
    "密码",
    "비밀번호",
)
_VARIED = re.compile(r"(?=.*[A-Za-z])(?=.*\d)", re.DOTALL)
_CALL = re.compile(r"([A-Za-z_][\w.]*+)(?:\[|\(\w*(=?))", re.ASCII)
_EDGE = ".,;:)]}"


def secrets(text: str) -> Iterator[Found]:
    """Yield the secrets in a text; some may lie within others."""
    if "-----BEGIN " in text:
        yield from _private_keys(text)
    if max(map(len, text.split()), default=0) >= _SHORTEST:
        yield from _tokens(text)
    if "://" in text and "@" in text:
        yield from map(_group, _IN_URL.finditer(text))
    yield from _named(text)


def _tokens(text: str) -> Iterator[Found]:
    """Yield what begins as some vendor's tokens do, or has their form."""
    for prefix, pattern in _PATTERNS.items():
        if prefix in text:
            yield from map(_whole, pattern.finditer(text))
    if "eyJ" in text:
        yield from map(_whole, _JWT.finditer(text))
    if ":A" in text:
        yield from map(_whole, _BOT.finditer(text))
    if "-us" in text:
        yield from map(_whole, _MAILCHIMP.finditer(text))
    if "." in text:
        yield from map(_whole, _DISCORD.finditer(text))


def _named(text: str) -> Iterator[Found]:
    """Yield what stands behind the name of a secret, if it looks like one."""
    low = text.lower()
    if any(name in low for name in _NAMES):
        for one in _ASSIGNED.finditer(text):
            found = _group(one)
            if _VARIED.match(found.value) and not found.value.startswith(("http", "$", "{", "<", "•")) and not _is_code(text, one):
                yield found
    if "bearer" in low or "basic" in low:
        for one in _BEARER.finditer(text):
            if _VARIED.match(one[1]):
                yield _group(one)


def _is_code(text: str, assigned: re.Match[str]) -> bool:
    """Tell whether what is assigned is a program's expression: ``token = next(tokens2)``, ``token=draw_from(urn[2])``."""
    call = _CALL.match(assigned[1])
    if call is None:
        return False
    start = assigned.start(1)
    return text[start - 3 : start] == " = " or (text[start - 1] == "=" and (call[2] == "=" or not call[1].isalnum()))


def _private_keys(text: str) -> Iterator[Found]:
    """Yield private keys; one without its last line reaches as far as its lines do."""
    begins = [(one.start(), one.end()) for one in _PRIVATE.finditer(text)]
    ends = [one.end() for one in _PRIVATE_END.finditer(text)]
    nexts = [*(start for start, _ in begins[1:]), len(text)][: len(begins)]
    number = 0
    for (start, behind), next_start in zip(begins, nexts, strict=True):
        while number < len(ends) and ends[number] <= behind:
            number += 1
        closed = number < len(ends) and ends[number] <= min(next_start, behind + _LONGEST_KEY)
        end = ends[number] if closed else _lines(text, behind)
        yield Found("SECRET", start, end, text[start:end])


def _lines(text: str, place: int) -> int:
    """Return where the lines of a key end that begin here."""
    line = _KEY_LINE.match(text, place)
    while line is not None:
        place = line.end()
        line = _KEY_LINE.match(text, place)
    return place


def _whole(match: re.Match[str]) -> Found:
    return Found("SECRET", match.start(), match.end(), match[0])


def _group(match: re.Match[str]) -> Found:
    value = match[1].rstrip(_EDGE)
    return Found("SECRET", match.start(1), match.start(1) + len(value), value)
