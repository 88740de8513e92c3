"""Which country's id the words around a number name, where they name one: then only that country's check counts."""

import re

from recollect.privacy.redaction.context import after, before, words

_NAMES = {
    "NL": words(stems="bsn burger_service sofi_nummer citizen_service"),
    "PL": words("pesel"),
    "DE": words("idnr", stems="steuer_id steueridentifikation steuerliche_identifikation"),
    "BE": words("niss insz", stems="rijksregister registre_national"),
    "SE": words("pnr", stems="person_num person_nr samordningsnum"),
    "DK": words("cpr", stems="cpr-"),
    "NO": words("fnr", stems="fødselsnum fodselsnum"),
    "FR": words("nir", stems="sécurité_social securite_social carte_vital"),
    "PT": words(stems="contribuinte"),
    "AT": words("svnr"),
    "CH": words("ahv avs"),
    "RO": words("cnp"),
    "BG": words("egn егн"),
    "HR": words("oib"),
    "GB": words("nhs"),
    "BR": words("cpf"),
    "TR": words("tckn"),
    "CA": words("sin", stems="social_insurance"),
    "US": words("ssn", stems="social_security"),
}
_NAMED = re.compile("|".join(f"(?P<{country}>{pattern})" for country, pattern in _NAMES.items()))


def country(text: str, start: int, end: int) -> str:
    """Return the country that the nearest word in front of a number names, or the first one behind it; "" if none does."""
    named = None
    for named in _NAMED.finditer(before(text, start)):  # noqa: B007 - the last one counts
        pass
    named = named or _NAMED.search(after(text, end))
    return named.lastgroup or "" if named is not None else ""
