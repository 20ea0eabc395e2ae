"""Elementwise work and products beside the libraries that simulate fixed-point numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.speed.products import S8, constant, engine
from benchmarks.speed.row import Gap, Pair, Setting, expect, peer
from benchmarks.speed.timing import alternate
from fxcaps.network.digest import to_container
from fxcaps.ops import Dense, Requantize
from fxcaps.ops.batch import Words
from fxcaps.types import Accumulator, Check, Format, Overflow, Rounding

WIDE, NARROW = Format(True, 16, 12), Format(True, 8, 5)

_ONE_THREAD = "these libraries have no setting for threads"


def _requantized(setting: Setting) -> tuple[Any, Any]:
    """A million words, and the call that rounds and saturates them."""
    count = setting.size(1_000_000, 1000)
    x = np.random.default_rng(4).integers(WIDE.min, WIDE.max, (count,), endpoint=True)
    words = Words(to_container(x.reshape(1, -1), WIDE), WIDE)
    params = Requantize(rounding=Rounding.TIES_TO_EVEN)
    return x, engine(params, words, {}, NARROW, 1)


def requantize_apytypes(setting: Setting) -> Pair:
    """Words rounded and saturated, beside `APyFixedArray.cast`."""
    library = _apytypes(setting)
    x, ours = _requantized(setting)
    given = _array(library, x, WIDE)
    mode = library.QuantizationMode.TIES_EVEN, library.OverflowMode.SAT

    def theirs() -> Any:
        return given.cast(int_bits=3, frac_bits=NARROW.frac, quantization=mode[0], overflow=mode[1])

    expect(np.array_equal(ours()[0], _words(theirs(), NARROW)), "words differ")
    return Pair(*alternate(ours, theirs, setting.rounds), "all words equal", 0, _note(x))


def requantize_fxpmath(setting: Setting) -> Pair:
    """Words rounded and saturated, beside a new `Fxp`."""
    if setting.threads > 1:
        raise Gap(_ONE_THREAD)
    library = peer("fxpmath")
    x, ours = _requantized(setting)
    given = library.Fxp(
        x / 2.0**WIDE.frac, signed=True, n_word=WIDE.width, n_frac=WIDE.frac, rounding="around"
    )

    def theirs() -> Any:
        return library.Fxp(
            given,
            signed=True,
            n_word=NARROW.width,
            n_frac=NARROW.frac,
            rounding="around",
            overflow="saturate",
        )

    expect(np.array_equal(ours()[0], theirs().raw().astype(np.int64)), "words differ")
    return Pair(*alternate(ours, theirs, setting.rounds), "all words equal", 0, _note(x))


def _note(x: Any) -> str:
    return f"{len(x):,} words {WIDE} to {NARROW}, ties to even, saturating; events counted"


def full_matrix(setting: Setting, *, full: int = 200) -> Pair:
    """8-bit matrices in full precision, of `full` rows and columns."""
    library = _apytypes(setting)
    size = setting.size(full, 16)
    x, weight, a, b = _matrices(library, size)
    out = Format(True, 32, 14)
    ours = engine(Dense(), Words(to_container(x, S8), S8), {"weight": weight}, out, 1)
    expect(np.array_equal(ours(), _words(a @ b, out)), "sums differ")
    times = alternate(ours, lambda: a @ b, setting.rounds)
    return Pair(*times, "all sums equal", 0, f"{size} x {size} x {size}")


def saturating_matrix(setting: Setting) -> Pair:
    """8-bit matrices whose sums saturate after every addition, in the order of the products."""
    library = _apytypes(setting)
    size = setting.size(128, 16)
    x, weight, a, b = _matrices(library, size)
    register = Format(True, 20, 14)
    accumulator = Accumulator(format=register, check=Check.PER_STEP, overflow=Overflow.SATURATE)
    params = Dense(accumulator=accumulator)
    ours = engine(params, Words(to_container(x, S8), S8), {"weight": weight}, register, 1)

    def theirs() -> Any:
        with library.APyFixedAccumulatorContext(
            int_bits=register.width - register.frac,
            frac_bits=register.frac,
            quantization=library.QuantizationMode.TO_NEG,
            overflow=library.OverflowMode.SAT,
        ):
            return a @ b

    expect(np.array_equal(ours(), _words(theirs(), register)), "sums differ")
    times = alternate(ours, theirs, setting.rounds)
    note = (
        f"{size} x {size} x {size}; a register of {register.width} bits, which no sum leaves: "
        "where sums do, apytypes 0.5.1 gives other words than saturation after every addition, "
        "in ascending and in descending order"
    )
    return Pair(*times, "all sums equal", 0, note)


def _matrices(library: Any, size: int) -> tuple[Any, Words, Any, Any]:
    """Skewed matrices, so that sums grow: ours, then the library's."""
    random = np.random.default_rng(5)
    x, w = (random.integers(-40, 128, (size, size)) for _ in range(2))
    return x, constant(w.T.copy(), S8), _array(library, x, S8), _array(library, w, S8)


def _apytypes(setting: Setting) -> Any:
    if setting.threads > 1:
        raise Gap(_ONE_THREAD)
    return peer("apytypes")


def _array(library: Any, words: Any, format: Format) -> Any:
    """Words as the library's array."""
    return library.APyFixedArray.from_float(
        words / 2.0**format.frac, int_bits=format.width - format.frac, frac_bits=format.frac
    )


def _words(array: Any, format: Format) -> Any:
    """The library's values as words of a format that holds them."""
    return np.rint(array.to_numpy() * 2.0**format.frac).astype(np.int64)
