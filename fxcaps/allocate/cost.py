"""What widths cost: one place for every convention of counting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fxcaps.network import Network, Program, Step
from fxcaps.network.blocks import blocks, factors
from fxcaps.ops import Part, operation_of
from fxcaps.ops.operation import size
from fxcaps.quantize.widths import Widths, table_widths
from fxcaps.types import Reason, Rejection, Shape

FLOAT_BITS = 32
"""Bits of the floats that memory is compared with."""

BYTE = 8
MEGABYTE, MEBIBYTE = 10**6, 2**20


class Counted(StrEnum):
    """Which activations are counted."""

    LAYERS = "layers"
    """The image and the outputs of layers, as Q-CapsNets does; votes and routing are free."""

    ALL = "all"
    """Every tensor that the Program names: image, votes, couplings, sums, logits included."""


@dataclass(frozen=True, kw_only=True)
class Accounting:
    """The switches of counting.

    Args:
        activations: which are counted.
        biases: count weights that only add, at their own widths.
        held: count the trained numbers that parameters hold (batch normalisation).
        held_bits: width of each of them: that of floats, which exact rationals stand for; `None`
            is that of the widest weights of their block.
        fixed: count constants of the architecture as weights.
        pixels: count the words that come in, before any step, where they are not the image that
            the first layer reads.
    """

    activations: Counted = Counted.ALL
    biases: bool = True
    held: bool = True
    held_bits: int | None = FLOAT_BITS
    fixed: bool = True
    pixels: bool = True


PROGRAM = Accounting()
"""Everything that the tensor table names, as `fxcaps.memory` counts it, and what is trained."""

QCAPSNETS = Accounting(activations=Counted.LAYERS, held_bits=None, fixed=False, pixels=False)
"""As the tables of Q-CapsNets (Marchisio et al., DAC 2020) count; its figures are the tests."""


@dataclass(frozen=True)
class Tally:
    """Words and their bits."""

    words: int
    bits: int

    @classmethod
    def of(cls, counts: Iterable[int], widths: Iterable[int]) -> Tally:
        """Words of several groups with a width each."""
        pairs = list(zip(counts, widths, strict=True))
        return cls(sum(count for count, _ in pairs), sum(count * width for count, width in pairs))

    @property
    def ratio(self) -> float:
        """How many times smaller than 32-bit floats; 1 where there are no words."""
        return FLOAT_BITS * self.words / self.bits if self.words else 1.0

    @property
    def megabytes(self) -> float:
        """In MB, 10**6 bytes."""
        return self.bits / (BYTE * MEGABYTE)

    @property
    def mebibytes(self) -> float:
        """In MiB, 2**20 bytes."""
        return self.bits / (BYTE * MEBIBYTE)


@dataclass(frozen=True)
class Cost:
    """What a choice of widths costs.

    Args:
        weights: constants that the accounting counts.
        activations: of one image, likewise.
        peak_bits: most bits of one image that the schedule holds at one time, every named tensor
            from the step that makes it to its last reader, constants apart.
        macs: multiply-accumulates of one image.
        bit_operations: sum over them of the widths of both factors, multiplied.
    """

    weights: Tally
    activations: Tally
    peak_bits: int
    macs: int
    bit_operations: int


@dataclass(frozen=True)
class _Flat:
    """A step, or a part of a composite one, with the tensors that it reads and makes."""

    reads: tuple[str, ...]
    makes: tuple[str, ...]
    factors: tuple[str, str] | None
    macs: int


class CostModel:
    """Costs of a network by widths, without making Programs.

    Args:
        network: an architecture is enough.
        accounting: what is counted.
    """

    def __init__(self, network: Network, accounting: Accounting = PROGRAM) -> None:
        self.network, self.accounting = network, accounting
        self.shapes = network.shapes()
        self.blocks = blocks(network)
        self._schedule = tuple(_flattened(network.steps, self.shapes))
        self.counted_weights = self._weights()
        self.counted_activations = self._activations()

    def cost(self, width: Widths) -> Cost:
        """The cost of widths, given as for `quantize_network`."""
        return self._cost(table_widths(self.network, width), self.shapes, self._schedule, ())

    def of_program(self, program: Program) -> Cost:
        """The cost of a Program of this network; rejects another's with `TENSOR_MISSING`."""
        for name in self.shapes:
            if name not in program.tensors:
                raise Rejection(
                    Reason.TENSOR_MISSING,
                    f"{program.name} has no tensor {name!r}: not of {self.network.name}",
                )
        shapes = {name: entry.shape for name, entry in program.tensors.items()}
        widths = {name: entry.format.width for name, entry in program.tensors.items()}
        # Conversions that the formats ask for are the Program's own.
        added = tuple(name for name in shapes if name not in self.shapes)
        counted = added if self.accounting.activations is Counted.ALL else ()
        return self._cost(widths, shapes, tuple(_flattened(program.steps, shapes)), counted)

    def _cost(
        self,
        widths: Mapping[str, int],
        shapes: Mapping[str, Shape],
        schedule: tuple[_Flat, ...],
        added: tuple[str, ...],
    ) -> Cost:
        return Cost(
            self.weights(widths),
            _tally((*self.counted_activations, *added), shapes, widths),
            self._peak(widths, shapes, schedule),
            sum(flat.macs for flat in schedule),
            sum(
                flat.macs * widths[flat.factors[0]] * widths[flat.factors[1]]
                for flat in schedule
                if flat.factors
            ),
        )

    def weights(self, widths: Mapping[str, int]) -> Tally:
        """Constants alone."""
        found = _tally(self.counted_weights, self.shapes, widths)
        held = [block for block in self.blocks if block.held and self.accounting.held]
        extra = Tally.of(
            [block.held for block in held],
            [
                self.accounting.held_bits or max(widths[name] for name in block.weights)
                for block in held
            ],
        )
        return Tally(found.words + extra.words, found.bits + extra.bits)

    def _weights(self) -> tuple[str, ...]:
        names = [name for block in self.blocks for name in block.weights]
        if not self.accounting.biases:
            names = [name for name in names if name in self._factors()]
        if self.accounting.fixed:
            names += sorted(self.network.fixed)
        return tuple(names)

    def _factors(self) -> set[str]:
        """Constants that multiply."""
        return {name for flat in self._schedule for name in flat.factors or ()}

    def _activations(self) -> tuple[str, ...]:
        if self.accounting.activations is Counted.LAYERS:
            counted = [name for block in self.blocks for name in block.layers]
        else:
            counted = [name for block in self.blocks for name in block.activations]
        given = [name for name in self.network.inputs if name not in counted]
        return (*(given if self.accounting.pixels else ()), *counted)

    def _peak(
        self,
        widths: Mapping[str, int],
        shapes: Mapping[str, Shape],
        schedule: tuple[_Flat, ...],
    ) -> int:
        last = {name: k for k, flat in enumerate(schedule) for name in flat.reads}
        last |= dict.fromkeys(self.network.outputs, len(schedule))
        bits = {name: size(shape) * widths[name] for name, shape in shapes.items()}
        live = set(self.network.inputs)
        peak = 0
        for k, flat in enumerate(schedule):
            live |= set(flat.makes)
            peak = max(peak, sum(bits[name] for name in live))
            live = {name for name in live if last.get(name, -1) > k}
        return peak


def _tally(names: Sequence[str], shapes: Mapping[str, Shape], widths: Mapping[str, int]) -> Tally:
    return Tally.of((size(shapes[name]) for name in names), (widths[name] for name in names))


def _flattened(steps: Iterable[Step], known: Mapping[str, Shape]) -> Iterator[_Flat]:
    """A schedule with composite steps taken apart."""
    for step in steps:
        names = dict(step.inputs) | dict(step.outputs)
        shapes = {port: known[name] for port, name in names.items()}
        given = {port: shapes[port] for port in step.inputs}
        parts = operation_of(step.params).expand(step.params, given)
        if not parts:
            ports = {port: port for port in step.inputs}, {port: port for port in step.outputs}
            yield _flat(Part(step.name, step.params, *ports), shapes, names)
            continue
        made = {port for part in parts for port in part.outputs.values()}
        born = tuple(name for port, name in step.outputs.items() if port not in made)
        yield _Flat(tuple(step.inputs.values()), born, None, 0)  # logits begin as zeros
        for part in parts:
            yield _flat(part, shapes, names)


def _flat(part: Part, shapes: dict[str, Shape], names: dict[str, str]) -> _Flat:
    """A part as a step; what it makes is entered in `shapes` and `names`.

    A view `port.view`, the same words in another shape, takes no memory beside its port.
    """
    operation = operation_of(part.params)
    given = {port: shapes[source] for port, source in part.inputs.items()}
    for port, shape in operation.shapes(part.params, given).items():
        target = part.outputs[port]
        shapes[target] = shape
        names.setdefault(target, names[target.partition(".")[0]])
    pair = factors(part.params, given) if not operation.expand(part.params, given) else None
    return _Flat(
        tuple(names[source] for source in part.inputs.values()),
        tuple(names[target] for target in part.outputs.values()),
        (names[part.inputs[pair[0]]], names[part.inputs[pair[1]]]) if pair else None,
        operation.macs(part.params, given),
    )
