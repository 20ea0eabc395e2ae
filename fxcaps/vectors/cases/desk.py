"""Where cases are made: what an operation offers, and parameters by a profile."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from fxcaps.ops import Arithmetic, Parameters, operation_of
from fxcaps.ops.choose import choose
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.ops.registers import with_registers
from fxcaps.types import Format, Reason, Rejection, Shape, Signature
from fxcaps.vectors.call import Setup, setup_of

Words = Mapping[str, Sequence[int]]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Frame:
    """A call without words, its arithmetic still open.

    Args:
        name: short, unique among the frames of a file.
        params: with the structure that the call has; its arithmetic is chosen by the desk.
        inputs: shape and format by port.
        formats: of the outputs by port.
    """

    name: str
    params: Parameters
    inputs: Mapping[str, Signature]
    formats: Mapping[str, Format]


class Draft(NamedTuple):
    """A case before the specification is asked.

    Args:
        slug: unique in its file; with the file's path it is the case's id and never changes.
        setup: of the call; `None` where the algorithm does not take the formats.
        words: of the inputs by port.
        flags: the mistakes that it is made against.
        image: index of the sample.
        reject: the reason that is expected, of a case made to be rejected.
    """

    slug: str
    setup: Setup | None
    words: Words
    flags: tuple[str, ...]
    image: int = 0
    reject: Reason | None = None


@dataclass
class Desk:
    """Chooses the arithmetic of frames, and names their setups.

    Args:
        arithmetic: the choices of a profile.
        algorithm: the one that the cases are for, where it is not for a profile to choose.
    """

    arithmetic: Arithmetic
    algorithm: str = ""
    names: dict[str, str] = field(default_factory=dict)

    def draft(
        self, slug: str, frame: Frame, words: Words, *flags: str, image: int = 0, free: bool = True
    ) -> Draft:
        """A case of a frame; without `free` the parameters are taken as they are."""
        setup: Setup | None = None
        with contextlib.suppress(Rejection):  # an algorithm may be for some formats alone
            params = self.chosen(frame, words) if free else frame.params
            setup = self.setup(slug, frame, params)
        return Draft(slug, setup, words, flags or ("SANITY",), image)

    def setup(self, slug: str, frame: Frame, params: Parameters) -> Setup:
        """The setup under the name that it has in this file, or a new one.

        The first of a frame has the frame's name, others the case's beside it.
        """
        made = setup_of("", params, frame.inputs, frame.formats)
        if made.key not in self.names:
            taken = set(self.names.values())
            name = frame.name if frame.name not in taken else f"{frame.name}.{slug}"
            self.names[made.key] = name
        return replace(made, name=self.names[made.key])

    def chosen(self, frame: Frame, words: Words) -> Parameters:
        """The parameters of a frame, with registers for its constant words."""
        params: Any = frame.params
        inputs = {port: given.format for port, given in frame.inputs.items()}
        if self.fits(params):
            params = choose(params, inputs, frame.formats, self.arithmetic)
        constants = {
            port.name: list(words[port.name])
            for port in operation_of(params).inputs
            if port.constant and port.name in frame.inputs
        }
        return with_registers(  # type: ignore[no-any-return]
            params, frame.inputs, frame.formats, constants, self.arithmetic
        )

    def fits(self, params: Parameters) -> bool:
        """Whether the arithmetic has a say: an algorithm that follows from nothing is kept."""
        if not self.algorithm:
            return True
        return isinstance(params, FittedParameters) or not any(
            issubclass(cls, FittedParameters) for cls in operation_of(params).choices
        )


Maker = Callable[[Desk], Iterator[Draft]]


@dataclass(frozen=True)
class Room:
    """What an operation offers to vectors.

    Args:
        frames: usual calls, for an algorithm where it decides the structure; the first is the
            one of chains and of rejections.
        edges: cases made against mistakes.
        exhaustive: every word of small formats.
        feed: the input port that a chain feeds.
        source: the output port that it is fed from.
        own: edge cases from one format to another, which someone chose; absent where an operation
            has more than those two.
        special: bundle name -> edge cases beside those of all; the name of a profile or of an
            algorithm adds to its own, others stand alone.
    """

    frames: Callable[[str], list[Frame]]
    edges: Maker
    exhaustive: Maker
    feed: str = "x"
    source: str = "out"
    own: Callable[[Desk, str, str], Iterator[Draft]] | None = None
    special: Mapping[str, Maker] = field(default_factory=dict)


def tensor(text: str, *shape: int) -> Signature:
    """A signature, `tensor("s8f4", 2, 3)`."""
    return Signature(shape, Format.parse(text))


def frame(name: str, params: Parameters, out: str, **inputs: Signature) -> Frame:
    """A frame with one output."""
    return Frame(name, params, inputs, {"out": Format.parse(out)})


def all_words(format: Format) -> list[int]:
    """Every word of a small format, ascending."""
    return list(range(format.min, format.max + 1))


def count(shape: Shape) -> int:
    """Words of a tensor."""
    total = 1
    for extent in shape:
        total *= extent
    return total


def filled(words: Sequence[_T], size: int) -> list[_T]:
    """As many words, or vectors, as are needed, from the start again when they end."""
    return [words[k % len(words)] for k in range(size)]


def tie_words(x: Format, drop: int) -> list[int]:
    """Words whose lowest `drop` bits are exactly half: over even and odd, on both sides of 0."""
    if drop < 1:
        return []
    half = 1 << (drop - 1)
    quotients = (0, 1, 2, 3, -1, -2, -3, -4, x.max >> drop, (x.max >> drop) - 1, x.min >> drop)
    found = [(q << drop) + half for q in dict.fromkeys(quotients)]
    return [word for word in found if x.contains(word)]
