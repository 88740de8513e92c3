"""The numbers of redacted values as documents, and back."""

from typing import TypeVar

from msgspec import Struct
from msgspec.json import Decoder

from recollect.codec.body import pack, unpack
from recollect.errors import StoreError
from recollect.model import Document

T = TypeVar("T", bound="Book | Number")

REDACTED = "recollect.redacted"
"""The collection, in an owner's ledger, of the numbers of the values that were redacted there, by keyed hash."""

BOOK = "book"
"""The key of what holds the owner's key, and how many numbers there are of each kind. It is no hash."""


class Book(Struct, frozen=True):
    """An owner's key, and the highest number of each kind."""

    key: bytes
    highest: dict[str, int]


class Number(Struct, frozen=True):
    """The number of a value, among those of its kind."""

    kind: str
    number: int


_book_decoder, _number_decoder = Decoder(Book), Decoder(Number)


def encode_redacted(key: str, value: Book | Number) -> Document:
    """Return the document of a book, or of a number."""
    return Document(REDACTED, key, pack(value))


def decode_book(document: Document) -> Book:
    """Return the book of a document.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    return _decoded(document, _book_decoder)


def decode_number(document: Document) -> Number:
    """Return the number of a document.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    return _decoded(document, _number_decoder)


def decode_redacted(document: Document) -> Book | Number:
    """Return what a document of the collection holds.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    return decode_book(document) if document.key == BOOK else decode_number(document)


def _decoded(document: Document, decoder: Decoder[T]) -> T:
    try:
        return unpack(document.body or b"", decoder)
    except StoreError as error:
        raise type(error)(f"the number of redacted value {document.key!r}: {error}") from error
