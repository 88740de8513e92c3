from pathlib import Path

import pytest

from facts.utterances import SAID
from recollect.errors import Invalid
from recollect.facts.rules import Rules

SMALL = """
language = "Nederlands"
selves = ["ik"]
owners = ["mijn"]

[reading]
negations = ["niet"]
unreal = ["als"]

[cut]
all = ["maar"]

[never]
place = ["de"]

[slots]
place = { longest = 3, capital = "must", never = "place" }

[words]
woon = "woon|woonden/woont|wonen"

[[rules]]
attribute = "lives in"
kind = "profile"
says = ["<woon> in {place}"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "nl.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_language_is_added_by_a_file(tmp_path: Path) -> None:
    rules = Rules.load(written(tmp_path, SMALL))
    assert rules.language == "Nederlands"
    (finding,) = rules.find("Ik woon in Utrecht maar werk in Delft", SAID)
    assert (finding.attribute, finding.value, finding.text) == ("lives in", "Utrecht", "lives in Utrecht")
    assert rules.find("Ik woon niet in Utrecht", SAID)[0].denies
    assert rules.find("Als ik woon in Utrecht", SAID) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('language = "Nederlands"', "", "missing required field `language`"),
        ('"lives in"', "= 3", r"at line \d+"),
        ('kind = "profile"', 'kind = "hunch"', r"Invalid enum value 'hunch' - at `\$\.rules\[0\]\.kind`"),
        ('selves = ["ik"]', "selves = 3", r"Expected `array`, got `int` - at `\$\.selves`"),
        ("[cut]", "[cuts]", "unknown field `cuts`"),
        ("{place}", "{places}", r"rules\[0\] \('lives in'\): template .* there is no 'places' in \[slots\]"),
        ("<woon>", "<won>", r"rules\[0\] .* there is no <won> in \[words\]"),
        ("{place}", "[{place}", r"rules\[0\] .* cannot be read from '\[\{place\}' on"),
        ("{place}", "[{place}]", r"only lists of words and numbers may be left out"),
        ("in {place}", "in {place} of {place}", "stands twice"),
        ('never = "place"', 'never = "nowhere"', r"slots.place: there is no 'nowhere' in \[never\]"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = written(tmp_path, SMALL.replace(old, new))
    with pytest.raises(Invalid, match=place) as caught:
        Rules.load(path)
    assert str(path) in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        Rules.load(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="TOML in UTF-8"):
        Rules.load(tmp_path / "bytes.toml")
