"""Cases for a function in Python: arrays in, arrays out, exact equality."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network.digest import container_type
from fxcaps.ops import Parameters
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.call import Setup, call_of
from fxcaps.vectors.files import VectorSet
from fxcaps.vectors.numbers import hex_word
from fxcaps.vectors.pick import asked_of

Json = dict[str, Any]
Arrays = dict[str, NDArray[Any]]

WIDEST = 64
"""Bits of a container; arrays of wider words hold Python integers."""


@dataclass(frozen=True)
class VectorCase:
    """A case of a set as a function in Python is asked it.

    Args:
        id: of the case.
        inputs: words by port, in the shape and the smallest signed container of their format.
        out: words by output port, likewise; empty where the case is rejected.
        reject: the reason, or empty.
        flags: the mistakes that it was made against, each explained.
        image: index of the sample, which stochastic rounding depends on.
        setup: of the case.
        set_digest: of the set that it comes from.
    """

    id: str
    inputs: Arrays
    out: Arrays
    reject: str
    flags: Mapping[str, str]
    image: int
    setup: Setup = field(repr=False)
    set_digest: str = field(repr=False)

    @property
    def params(self) -> Parameters:
        """The parameters, as the specification takes them."""
        return call_of(self.setup).params

    @property
    def formats(self) -> dict[str, Format]:
        """Formats of inputs and outputs by port."""
        tensors = self.setup.inputs | self.setup.outputs
        return {port: Format.parse(given["format"]) for port, given in tensors.items()}

    def check(self, function: Callable[..., Any]) -> None:
        """Ask a function, and compare every word.

        Args:
            function: takes the input arrays in the order of the ports and gives an array, a list
                of words, or, of several outputs, such by port. A case that is rejected wants a
                `fxcaps.Rejection` of its reason.

        Raises `AssertionError` with one line a wrong port: where, what was expected, what came,
        the bits that differ, and the mistakes that the case was made against.
        """
        __tracebackhide__ = True
        try:
            made = function(*self.inputs.values())
        except Rejection as rejection:
            if rejection.reason.value != self.reject:
                wanted = f"reject({self.reject})" if self.reject else "words"
                raise AssertionError(f"{self.id}: expected {wanted}, found {rejection}") from None
            return
        if self.reject:
            raise AssertionError(f"{self.id}: expected reject({self.reject}), found words")
        given = dict(made) if isinstance(made, Mapping) else {next(iter(self.out)): made}
        if set(given) != set(self.out):
            raise AssertionError(
                f"{self.id}: expected words of {', '.join(self.out)}, found {', '.join(given)}"
            )
        told = [line for port in self.out for line in self._differs(port, given[port])]
        if told:
            told += [f"made against {flag}: {text}" for flag, text in self.flags.items()]
            raise AssertionError("\n".join(told))

    def _differs(self, port: str, given: Any) -> Iterator[str]:
        expected, found = self.out[port], np.asarray(given)
        where = f"{self.id}: {port}"
        if found.dtype.kind not in "iuO" or found.size != expected.size:
            yield (
                f"{where}: expected {expected.size} integers, found {found.size} of {found.dtype}"
            )
            return
        words, format = [int(word) for word in found.ravel()], self.formats[port]
        right = [int(word) for word in expected.ravel()]
        wrong = [k for k, word in enumerate(words) if word != right[k]]
        if wrong:
            k = wrong[0]
            index = ", ".join(str(i) for i in np.unravel_index(k, expected.shape))
            bits = hex_word(words[k] ^ right[k], format)
            yield (
                f"{where}[{index}]: expected {right[k]} ({hex_word(right[k], format)}), "
                f"found {words[k]}, {format} bits {bits} differ; {len(wrong)} of {len(right)} wrong"
            )


def vector_cases(
    found: VectorSet,
    op: str,
    profile: str,
    *,
    setup: str = "*",
    kind: str | None = None,
    tier: str | None = None,
    rejects: bool = False,
) -> list[VectorCase]:
    """The cases of an operation and a profile, those of chains left out.

    Args:
        found: the set.
        op: name of the operation.
        profile: or another bundle.
        setup: of names that match this pattern, as `s8f5-s8f7-*`.
        kind: of cases.
        tier: of files.
        rejects: also calls that are rejected though their words can be given.

    Rejects a selection of no case with `NAME_UNKNOWN`.
    """
    made = []
    for entry in found.select(op=op, profile=profile, kind=kind, tier=tier):
        file = found.read(entry)
        setups = {each.name: each for each in file.setups if fnmatchcase(each.name, setup)}
        texts = file.header()["flags"]
        for case in file.cases:
            known = asked_of(setups[case["setup"]], case) if case["setup"] in setups else None
            if known is not None and (rejects or not known.reject):
                made.append(_case(case, setups[case["setup"]], texts, known, found.digest))
    if not made:
        where = f"{op} {profile} setup={setup}"
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"{found.root}: no case of {where} can be asked; see fxcaps vectors list --setups",
        )
    return made


def _case(
    case: Json, setup: Setup, texts: Mapping[str, str], known: Any, digest: str
) -> VectorCase:
    return VectorCase(
        known.id,
        _arrays(setup.inputs, known.words),
        _arrays(setup.outputs, known.out),
        known.reject,
        {flag: texts[flag] for flag in case["flags"]},
        case.get("image", 0),
        setup,
        digest,
    )


def _arrays(tensors: Json, words: Mapping[str, list[int]]) -> Arrays:
    made = {}
    for port, given in words.items():
        format = Format.parse(tensors[port]["format"])
        wide = format.width + (not format.signed) > WIDEST
        kind = np.dtype(object) if wide else container_type(format)
        made[port] = np.array(given, kind).reshape(tensors[port]["shape"])
    return made
