"""Compare a dump with a trace, word by word, in the order of the schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from fxcaps.inside.dump import Dump, words_of
from fxcaps.network import Program
from fxcaps.types import Format, Reason, Rejection, Signature

_INT64_SPAN = 1 << 62
"""Words up to this magnitude differ by less than an int64 holds."""


@dataclass(frozen=True)
class Difference:
    """How a tensor of an image differs.

    Args:
        tensor: its name.
        image: index of the image.
        words: how many words differ.
        at: place of the first of them, an index an axis.
        expected: its word in the trace.
        found: its word in the dump.
        largest: largest magnitude of a difference, in least significant bits.
        same_bits: every word has the low bits that are expected: signed and unsigned mixed up.
    """

    tensor: str
    image: int
    words: int
    at: tuple[int, ...]
    expected: int
    found: int
    largest: int
    same_bits: bool


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Args:
        images: how many were compared.
        formats: of the compared tensors, in the order of the schedule.
        sizes: words of one image by compared tensor.
        absent: tensors of the trace that the dump does not hold.
        differences: by image, then in the order of the schedule; empty where all is equal.
        other_program: both are traces, of different Programs.
    """

    images: int
    formats: Mapping[str, Format]
    sizes: Mapping[str, int]
    absent: tuple[str, ...]
    differences: tuple[Difference, ...]
    other_program: bool

    @property
    def equal(self) -> bool:
        """Whether every compared word is equal."""
        return not self.differences

    @property
    def first(self) -> Difference | None:
        """The first differing tensor in the order of the schedule, of the first such image."""
        order = list(self.formats)
        return min(self.differences, key=lambda d: (order.index(d.tensor), d.image), default=None)


def compare(
    trace: Dump,
    dump: Dump,
    *,
    program: Program | None = None,
    values: bool = False,
    only: Sequence[str] = (),
) -> Comparison:
    """Compare someone's dump with a trace.

    Args:
        trace: what is expected; formats come from it, or from the Program.
        dump: what was found: some tensors or all, in any integer type.
        program: gives formats and order where `trace` has no description.
        values: numbers of the dump are values on the words' grids.
        only: patterns of tensor names; the others are left out on both sides.

    Rejects dumps with tensors that the trace has not (`NAME_UNKNOWN`) or none of its tensors
    (`TENSOR_MISSING`), and other shapes, image counts, formats and kinds of numbers.
    """
    known = _known(trace, program)
    for name in dump.arrays:
        if _wanted(name, only) and name not in known:
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"{dump.place}: the trace has no tensor {name!r}; known: {', '.join(known)}",
            )
    names = [name for name in known if _wanted(name, only) and name in dump.arrays]
    if not names:
        raise Rejection(Reason.TENSOR_MISSING, f"{dump.place}: none of the tensors is there")
    for name in names:
        _check_format(name, known[name], dump)
    images: set[int] = set()
    found: list[Difference] = []
    for name in names:
        expected = words_of(trace.arrays[name], known[name], f"{trace.place}: {name}", values=False)
        given = words_of(dump.arrays[name], known[name], f"{dump.place}: {name}", values=values)
        images |= {len(expected), len(given)}
        if len(images) > 1:
            raise Rejection(
                Reason.SHAPE_MISMATCH,
                f"{dump.place}: {name}: expected {len(expected)} images, found {len(given)}",
            )
        found += _differences(name, known[name].format, expected, given)
    return Comparison(
        images=images.pop(),
        formats={name: known[name].format for name in names},
        sizes={name: int(np.prod(known[name].shape, dtype=int)) for name in names},
        absent=tuple(name for name in known if _wanted(name, only) and name not in names),
        differences=tuple(sorted(found, key=lambda difference: difference.image)),
        other_program=None not in (trace.digest, dump.digest) and trace.digest != dump.digest,
    )


def _wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(fnmatchcase(name, pattern) for pattern in only)


def _known(trace: Dump, program: Program | None) -> dict[str, Signature]:
    """Shape and format of the expected tensors, in the order of the schedule."""
    if program is None:
        if not trace.signatures:
            raise Rejection(
                Reason.FILE_FOREIGN,
                f"{trace.place}: no trace of fxcaps, so that formats must come from --program",
            )
        return dict(trace.signatures)
    for name in trace.arrays:
        if name not in program.tensors:
            raise Rejection(
                Reason.NAME_UNKNOWN, f"{trace.place}: {program.name} has no tensor {name!r}"
            )
    order = (*program.constants, *program.traced)
    return {name: program.tensors[name].signature for name in order if name in trace.arrays}


def _check_format(name: str, signature: Signature, dump: Dump) -> None:
    own = dump.signatures.get(name)
    if own is not None and own.format != signature.format:
        raise Rejection(
            Reason.FORMAT_MISMATCH,
            f"{dump.place}: {name} has format {own.format}, expected {signature.format}",
        )


def _differences(
    name: str, format: Format, expected: NDArray[np.int64], given: NDArray[np.int64]
) -> list[Difference]:
    found = []
    for image in np.flatnonzero((expected != given).reshape(len(expected), -1).any(axis=1)):
        places = np.argwhere(expected[image] != given[image])
        here = tuple(places.T)
        pairs = expected[image][here], given[image][here]
        gaps = _gaps(*pairs)
        found.append(
            Difference(
                tensor=name,
                image=int(image),
                words=len(places),
                at=tuple(int(i) for i in places[0]),
                expected=int(pairs[0][0]),
                found=int(pairs[1][0]),
                largest=max(abs(int(gaps.min())), abs(int(gaps.max()))),
                same_bits=not np.any(gaps % (1 << format.width)),
            )
        )
    return found


def _gaps(expected: NDArray[np.int64], given: NDArray[np.int64]) -> NDArray[np.generic]:
    """Differences, in Python's integers where an int64 might not hold them."""
    wide = any(
        int(words.min()) < -_INT64_SPAN or int(words.max()) > _INT64_SPAN
        for words in (expected, given)
    )
    if wide:
        return np.array(given.astype(object) - expected.astype(object))
    return given - expected
