"""Zips: what is in them, read entry by entry and never unpacked to disk."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO

from labeling.errors import BadInput
from labeling.items.examine import MAX_FILE_BYTES
from labeling.items.names import climbs_out
from labeling.items.sources.entries import CLIMBS, Entry, Source, Unread, assemble, refusing

MAX_ENTRIES = 1_000_000
MAX_RATIO = 200  # unpacked to packed; silence and plain colour, packed alone, stay below the size that follows
RATIO_FROM_BYTES = 16 * 2**20
WHOLE_RATIO_FROM_BYTES = 2**30
_ENCRYPTED = 0x1  # general purpose flag, bit 0 (APPNOTE 4.4.4)
# What zipfile raises of a damaged list of files; NotImplementedError is its word for a packing that it cannot undo.
_UNLISTED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)
_BROKEN = (*_UNLISTED, RuntimeError)  # and of one file; RuntimeError where a password is wanted
_SPEAKS_OF = {
    "password": "It is protected by a password.",
    "compression": "It is packed in a way that is not read here.",
}


@contextmanager
def open_archive(file: IO[bytes]) -> Iterator[Source]:
    """The files of a zip; raises BadInput where the zip as a whole cannot be used."""
    try:
        archive = zipfile.ZipFile(file)
    except _UNLISTED as error:
        raise BadInput("The zip is damaged or not complete: its list of files cannot be read.", field="zip") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        _check_whole(infos)
        yield assemble([_entry(archive, info) for info in infos])


def _check_whole(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_ENTRIES:
        raise BadInput(f"The zip holds more than {MAX_ENTRIES:,} files.", field="zip")
    if infos and all(info.flag_bits & _ENCRYPTED for info in infos):
        raise BadInput("The zip is protected by a password.", field="zip")
    packed, unpacked = sum(info.compress_size for info in infos), sum(info.file_size for info in infos)
    if unpacked > WHOLE_RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed:
        raise BadInput(f"The zip unpacks to more than {MAX_RATIO} times its size.", field="zip")


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    path = info.filename
    if climbs_out(path):
        return refusing(path, CLIMBS)
    if stat.S_ISLNK(info.external_attr >> 16):
        return refusing(path, "A link is not followed.")
    if info.flag_bits & _ENCRYPTED:
        return refusing(path, _SPEAKS_OF["password"])
    if info.file_size > MAX_FILE_BYTES:
        return refusing(path, f"The file is larger than {MAX_FILE_BYTES // 2**20} MB.")
    if info.file_size > RATIO_FROM_BYTES and info.file_size > MAX_RATIO * info.compress_size:
        return refusing(path, f"It unpacks to more than {MAX_RATIO} times its size.")
    return Entry(path, info.file_size, partial(_read, archive, info))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """All bytes; the reader itself stops at the size announced and compares the checksum."""
    try:
        with archive.open(info) as opened:
            return opened.read()
    except _BROKEN as error:
        said = next((told for word, told in _SPEAKS_OF.items() if word in str(error)), "")
        raise Unread(said or "It is damaged inside the zip: its checksum or length is wrong.") from error
