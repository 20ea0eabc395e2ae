"""Large tensors of cases: in files of their own, named by their contents."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fxcaps.network.digest import container_type
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.numbers import read_words, write_words

Json = dict[str, Any]

INLINE = 256
"""Words of a tensor that stand in the line of their case; larger ones have a file."""

_DIGITS = 16
"""Of the sha256 that names a file."""


def moved_out(case: Json, setup: Json, folder: str) -> tuple[Json, dict[str, bytes]]:
    """The case with references in place of its large tensors, and their files by path.

    Args:
        case: as JSON, all words in it.
        setup: of the case, as JSON.
        folder: of the file that the case stands in.
    """
    files: dict[str, bytes] = {}
    changed = dict(case)
    for field, side in (("in", "inputs"), ("out", "outputs")):
        large = {k: words for k, words in case.get(field, {}).items() if len(words) > INLINE}
        for port, words in large.items():
            format = Format.parse(setup[side][port]["format"])
            content = _npy(read_words(words, format, case["id"]), format)
            name = f"{folder}/tensors/{hashlib.sha256(content).hexdigest()[:_DIGITS]}.npy"
            files[name] = content
            changed[field] = changed[field] | {port: {"file": name}}
    return changed, files


def moved_in(case: Json, setup: Json, read: Callable[[str], bytes]) -> Json:
    """The case with all its words again.

    Args:
        case: as it stands in its file.
        setup: of the case, as JSON.
        read: gives the bytes of a file of the set, checked.

    Rejects a reference to what is no array of the tensor's words with `FILE_FOREIGN`.
    """
    changed = dict(case)
    for field, side in (("in", "inputs"), ("out", "outputs")):
        for port, words in case.get(field, {}).items():
            if isinstance(words, Mapping):
                format = Format.parse(setup[side][port]["format"])
                found = _words(read(str(words.get("file"))), case["id"])
                changed[field] = changed[field] | {port: write_words(found, format)}
    return changed


def _npy(words: list[int], format: Format) -> bytes:
    stream = io.BytesIO()
    array = np.array(words, container_type(format))
    np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _words(content: bytes, where: str) -> list[int]:
    try:
        array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except ValueError as error:
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: no array of words ({error})") from None
    if array.ndim != 1 or array.dtype.kind != "i":
        raise Rejection(
            Reason.FILE_FOREIGN, f"{where}: no array of words, but {array.dtype} {array.shape}"
        )
    return [int(word) for word in array]
