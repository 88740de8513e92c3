"""A model's answer, redacted on its way to a reader."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from recollect.core.address import Address
from recollect.core.engine import Engine
from recollect.core.numbering import Value
from recollect.privacy.redaction.streams import RedactingStream


def redacted(engine: Engine, at: Address, chunks: Iterable[str]) -> Iterator[str]:
    """Yield what chunks say without what is found in them, as soon as it is sure."""
    stream = _stream(engine, at)
    yield from chunks if stream is None else stream.over(chunks)


async def aredacted(engine: Engine, at: Address, chunks: AsyncIterable[str]) -> AsyncIterator[str]:
    """As redacted. Where a new value is numbered, the store is waited for in a thread."""
    stream = _stream(engine, at)
    async for chunk in chunks:
        if sure := chunk if stream is None else await engine.runtime.io(stream.feed, chunk):
            yield sure
    if stream is not None and (rest := await engine.runtime.io(stream.close)):
        yield rest


def _stream(engine: Engine, at: Address) -> RedactingStream | None:
    """Return what redacts an assistant's answer; None where it is left as it is."""
    redacting = engine.redacting
    rules = None if redacting is None else redacting.rules.of_role("assistant")
    if redacting is None or rules is None:
        return None
    return RedactingStream(rules, lambda kind, value: redacting.number(at.owner, Value(kind, value)))
