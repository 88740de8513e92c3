"""`recollect keys`."""

import os
from typing import TYPE_CHECKING

import click

from recollect.cli.output import Output, many
from recollect.cli.place import KEYS, report_options
from recollect.cli.program import command
from recollect.cli.progress import progress
from recollect.model import Owner
from recollect.store.url import shown

if TYPE_CHECKING:
    from recollect.privacy.keys import Keyring

EXAMPLES = """\b
Examples:
  recollect keys new kek.txt
  recollect keys new keyring:production
  recollect keys status --keys keys.db
  recollect keys rotate alice --keys keys.db
  recollect keys rewrap file:new.txt --keys keys.db
"""

keys_option = click.option(
    "--keys", "at", envvar=KEYS, show_envvar=True, required=True, help="Where the users' keys are: a file, or the URL of a database."
)


@click.group(short_help="Make, replace and look after the keys of a sealed memory.", epilog=EXAMPLES)
def keys() -> None:
    """Make, replace and look after the keys of a sealed memory.

    Each user has a key. The users' keys stand in the file or database of --keys, wrapped by the key-encryption key that RECOLLECT_KEK names:
    file:PATH; env:NAME for an environment variable; keyring:NAME for the system's keyring; aws-kms:KEY for an id or ARN of AWS KMS;
    vault:MOUNT/keys/NAME for HashiCorp Vault. Or several, separated by commas, the first of which wraps.
    """


@keys.command(short_help="Make a new key-encryption key.", epilog=EXAMPLES)
@click.argument("place")
@report_options
def new(output: Output, place: str) -> None:
    """Put a new random key-encryption key at PLACE: a new file, which its owner alone can read; or keyring:NAME, in the system's keyring.

    Keep a copy of a file in a safe place. Keys of AWS KMS and of Vault are made there.
    """
    from recollect.privacy.keys.opening import new_kek

    text, wrap = new_kek(place)
    output.json({"path": place, "name": wrap.name, "kek": text})
    output.say(f"{wrap.name} is written to {place}. Use it with: export RECOLLECT_KEK={text}")


@keys.command(short_help="Tell what a key store holds.", epilog=EXAMPLES)
@keys_option
@report_options
def status(output: Output, at: str) -> None:
    """Tell how many owners have keys, how many keys were destroyed, and by which key-encryption keys they are wrapped."""
    found = _keyring(at).status()
    output.json({"owners": found.owners, "destroyed": found.destroyed, "wrapped_by": dict(found.wrapped_by)})
    output.say(f"{many(found.owners, 'owner')} with keys; {found.destroyed:,} destroyed.")
    output.table(("Key-encryption key", "Records"), [(name, f"{count:,}") for name, count in sorted(found.wrapped_by.items())], numbers=(1,))


@keys.command(short_help="Give a user a new key.", epilog=EXAMPLES)
@click.argument("user")
@click.option("--tenant", default="", help="Whose memory, where the keys are those of several applications or customers.")
@keys_option
@report_options
def rotate(output: Output, at: str, user: str, tenant: str) -> None:
    """Give a USER a new key. What is written from now on is sealed with it; what is there stays readable with the old one."""
    id = _keyring(at).rotate(Owner(tenant, "user", user))
    output.json({"user": user, "tenant": tenant, "key": id})
    words = [*(["--tenant", tenant] if tenant else []), *([] if at == os.environ.get(KEYS) else ["--keys", shown(at)])]
    output.say(f"{user} has key {id} now. Seal what is there with it, too: {command('seal', '--user', user, *words)}")


@keys.command(short_help="Wrap all keys by a new key-encryption key.", epilog=EXAMPLES)
@click.argument("kek")
@keys_option
@report_options
def rewrap(output: Output, at: str, kek: str) -> None:
    """Wrap all keys by the key-encryption key KEK, such as file:new.txt or aws-kms:KEY. Nothing that is sealed is touched.

    A key of Vault has versions: given the same KEK, what older ones wrapped is wrapped by the newest.

    Give all applications both before: RECOLLECT_KEK=file:new.txt,file:old.txt, and the new one alone afterwards. Interrupted, it goes on
    when it is run again.
    """
    from recollect.privacy.keys.opening import open_kek

    keyring, wrap = _keyring(at), open_kek(kek)
    total = sum(keyring.status().wrapped_by.values())
    with progress(output, "Wrapping", "keys") as advance:
        count = keyring.rewrap(wrap, None if advance is None else lambda done: advance(done, total))
    output.json({"kek": wrap.name, "wrapped": count})
    output.say(f"Wrapped {many(count, 'record')} by {wrap.name}.")


def _keyring(at: str) -> "Keyring":
    from recollect.cli.keyring import keyring_of  # with cryptography, which few need

    return keyring_of(at)
