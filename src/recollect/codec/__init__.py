"""Bytes: how values become what a store keeps, and come back. One byte in front of each body tells its version."""

from recollect.codec.documents import decode_value, encode_value
from recollect.codec.messages import decode_message, encode_message

__all__ = ["decode_message", "decode_value", "encode_message", "encode_value"]
