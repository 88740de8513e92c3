"""Endings and prefixes that come off words of other scripts: light stemmers, as Savoy's for Russian and light10 for Arabic."""
# ruff: noqa: RUF001, these letters are meant

_CYRILLIC = """
иями ями ами ией ого его ому ему ыми ими ешь ишь ете ите уют ают яют ует ала яла ила ыла али или ыли ать ять ить еть ова ева ость ости остью
ия ие ии ий иям иях ью ьи ья ам ям ах ях ом ем ой ей ов ев ую юю ая яя ое ее ые ый ых их ым им ет ит ут ют ат ят ал ил ел ул ть
а я о е и ы у ю ь
"""

CYRILLIC_ENDINGS: tuple[str, ...] = tuple(sorted(_CYRILLIC.replace("й", "и").split(), key=len, reverse=True))
"""The longest first; й without its mark, as folded words are."""
ARABIC_PREFIXES = ("وال", "بال", "كال", "فال", "ال", "لل", "و")
ARABIC_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
ARABIC_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ـ": None, "ؤ": "و", "ئ": "ي"})
"""Letters that are written in several ways, and tatweel, which is none."""
