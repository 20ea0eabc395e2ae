"""Files as bytes: opening, gunzipping and checksums, with one-line rejections."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from fxcaps.types import Reason, Rejection

GZIP_MAGIC = b"\x1f\x8b"

# Reading in pieces keeps a header that claims an absurd size from reserving that much memory.
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells one file from another.

    Args:
        checksum: algorithm and lower-case hexadecimal digest, such as `sha256:ba89...`.
        size: bytes.
    """

    checksum: str
    size: int

    def __str__(self) -> str:
        return f"{self.checksum} ({self.size} bytes)"

    @property
    def algorithm(self) -> str:
        """The name of the checksum's algorithm."""
        return self.checksum.partition(":")[0]


@contextmanager
def open_binary(path: Path, *, gunzip: bool = True) -> Iterator[IO[bytes]]:
    """Open a file for reading, decompressed if its first bytes say gzip, whatever its name.

    Rejects, also while the caller reads: an absent or unreadable file and a truncated stream
    (`FILE_UNREADABLE`), and compressed data that is damaged (`FILE_CORRUPT`).
    """
    try:
        with path.open("rb") as raw:
            if gunzip and raw.peek(2)[:2] == GZIP_MAGIC:
                with gzip.open(raw) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            else:
                yield raw
    except EOFError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: truncated compressed data") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Rejection(Reason.FILE_CORRUPT, f"{path}: damaged compressed data: {error}") from error
    except OSError as error:
        raise Rejection(
            Reason.FILE_UNREADABLE, f"{path}: cannot be read: {error.strerror or error}"
        ) from error


def read_up_to(stream: IO[bytes], count: int) -> bytes:
    """Read `count` bytes, fewer only where the stream ends."""
    pieces = []
    while count > 0 and (piece := stream.read(min(count, _PIECE))):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def fingerprint(path: Path, algorithm: str, *, gunzip: bool = True) -> Fingerprint:
    """Checksum and size of a file's content, decompressed unless `gunzip` is false.

    Rejects what `open_binary` rejects.
    """
    # MD5 is what some data sets publish; it guards against accidents here, not attacks.
    digest = hashlib.new(algorithm, usedforsecurity=False)
    size = 0
    with open_binary(path, gunzip=gunzip) as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return Fingerprint(f"{algorithm}:{digest.hexdigest()}", size)
