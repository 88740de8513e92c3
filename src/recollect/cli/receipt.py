"""What `recollect verify` tells of the receipt of an erasure."""

from pathlib import Path

from recollect.cli.output import Output
from recollect.cli.place import Place
from recollect.model import Standing


def verify_receipt(place: Place, output: Output, receipt: Path) -> bool:
    """Tell whether the memory signed a receipt, and whether it still holds. Returns whether both are so."""
    with place.read(noted=False) as memory:
        found = memory.verify_receipt(receipt.read_bytes())
    output.json({"receipt": str(receipt), "genuine": found.genuine, "erased": found.erased, "absent": found.absent, "sound": bool(found)})
    for line in _told(found):
        output.say(line)
    return bool(found)


def _told(found: Standing) -> list[str]:
    signed = "This memory signed the receipt, and nothing in it was changed." if found.genuine else "This memory did not sign the receipt as it is."
    kept = "The user is kept from coming back." if found.erased else "The user is not kept from coming back: readmitted since, or never erased here."
    gone = "Nothing is stored of the user." if found.absent else "Something is stored of the user."
    return [signed, kept, gone]
