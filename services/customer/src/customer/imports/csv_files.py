"""Reads CSV in UTF-8 or GB18030, line by line, so that neither a long file nor an endless cell fills the memory."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from customer.imports.refusal import FileRefused

LONGEST_CELL = 1024 * 1024
_BLOCK = 1024 * 1024
# GB18030 contains GBK and GB2312, which older systems here write.
_ENCODINGS = ("utf-8", "gb18030")
_SEPARATORS = (",", "\t", ";")


def read_csv(path: Path) -> Iterator[list[str]]:
    """Yields the records of a file, the header first. Raises `FileRefused`."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding_of(path), newline="") as stream:
        lines = _bounded(stream)
        first = next(lines, "")
        yield from _records(first, lines)


def encoding_of(path: Path) -> str:
    """Answers the encoding in which every byte of the file makes sense."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused("ENCODING_NOT_TAKEN", "UTF-16")
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    for encoding in _ENCODINGS:
        if _decodes(path, encoding):
            return encoding
    raise FileRefused("ENCODING_NOT_TAKEN")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _bounded(stream: TextIO) -> Iterator[str]:
    # Iterating the stream itself would read a line of two gibibytes into memory before anybody could refuse it.
    number = 0
    while line := stream.readline(LONGEST_CELL + 1):
        number += 1
        if len(line) > LONGEST_CELL:
            raise FileRefused("CELL_TOO_LARGE", str(number))
        yield line


def _records(first: str, rest: Iterator[str]) -> Iterator[list[str]]:
    separator = max(_SEPARATORS, key=first.count)

    def lines() -> Iterator[str]:
        yield first
        yield from rest

    reader = csv.reader(lines(), delimiter=separator)
    try:
        yield from reader
    except csv.Error as error:
        raise FileRefused("CELL_TOO_LARGE", str(reader.line_num)) from error
