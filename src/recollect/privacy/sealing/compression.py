"""zstandard, with a dictionary that is shipped: what makes a short message shorter."""

from functools import cache
from importlib.resources import files
from threading import local

from recollect.errors import Damaged
from recollect.extras import needed

with needed("zstandard", "privacy"):
    from zstandard import FORMAT_ZSTD1_MAGICLESS as FORMAT
    from zstandard import STRATEGY_DFAST, ZstdCompressionDict, ZstdCompressionParameters, ZstdCompressor, ZstdDecompressor, ZstdError

MOST = 64 << 20
"""Bytes of the largest body that is compressed, so that no record grows beyond it."""

LARGE = 32 << 10
"""From so many bytes on, less is tried: the time counts there, and the dictionary does not."""

_LEVEL = 3
_LOG = 17
_LEAST_MATCH = 5

DICTIONARY = "chats-1.zdict"
"""The dictionary of version 1, as ``python -m benchmarks.dictionary`` makes it. It is never changed: what was compressed with it needs it."""


class _Tools(local):
    """A thread's own compressors: none is used by two at once."""

    def __init__(self) -> None:
        words = ZstdCompressionDict(files("recollect.privacy.sealing").joinpath(DICTIONARY).read_bytes())
        bare = {"format": FORMAT, "write_content_size": 0, "write_checksum": 0, "write_dict_id": 0}  # all this is told around it
        small = ZstdCompressionParameters(window_log=_LOG, hash_log=_LOG, chain_log=_LOG, min_match=_LEAST_MATCH, strategy=STRATEGY_DFAST, **bare)
        large = ZstdCompressionParameters.from_level(_LEVEL, **bare)
        self.small = ZstdCompressor(dict_data=words, compression_params=small)
        self.large = ZstdCompressor(dict_data=words, compression_params=large)
        self.opener = ZstdDecompressor(dict_data=words, format=FORMAT)


def compress(body: bytes) -> bytes:
    """Return a body, compressed."""
    tools = _tools()
    return (tools.small if len(body) < LARGE else tools.large).compress(body)


def decompress(data: bytes, size: int) -> bytes:
    """Return the body of this size that was compressed.

    Raises:
        Damaged: it is none, or of another size. No more than that is ever unpacked.

    """
    try:
        body = _tools().opener.decompress(data, max_output_size=size)
    except ZstdError as error:
        raise Damaged("cannot be decompressed; restore it from a backup") from error
    if len(body) != size:
        raise Damaged("is not of the size that it says; restore it from a backup")
    return body


@cache
def _tools() -> _Tools:
    return _Tools()
