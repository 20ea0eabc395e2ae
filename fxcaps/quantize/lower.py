"""From a float Network and its ranges to a Program in integers."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import Any

from fxcaps.network import Entry, Kind, Network, Program, Step
from fxcaps.network.program import Ints
from fxcaps.network.spans import spans
from fxcaps.ops import Arithmetic, Parameters, Requantize, operation_of
from fxcaps.ops.choose import choose
from fxcaps.ops.registers import with_registers
from fxcaps.profiles import Profile, load_profile
from fxcaps.quantize.calibration import Calibration, Images, calibrate
from fxcaps.quantize.choice import ByRule, Choice, Given
from fxcaps.quantize.formats import common_format
from fxcaps.quantize.granularity import Granularity, grouped
from fxcaps.quantize.ranges import Ranges
from fxcaps.quantize.rules import MINMAX, Rule, rule_named
from fxcaps.quantize.widths import Widths, widths_by_name
from fxcaps.types import Format, Rejection

HARDWARE_PROFILE = load_profile("fxcaps-hardware")
"""What is quantised with unless something else is asked for."""

HARDWARE = HARDWARE_PROFILE.arithmetic
"""What a chip computes with: integer root and divider, table of exponentials."""


_PLACES = 16
"""Numbers of random streams that a step has for its parts; dynamic routing has five.

The last ones are those of the conversions before it.
"""


def quantize_network(
    network: Network,
    images: Images | Calibration,
    real: Mapping[str, Callable[..., Any]],
    *,
    width: Widths = 8,
    arithmetic: Arithmetic | Profile = HARDWARE_PROFILE,
    granularity: Granularity = Granularity.ITERATION,
    rule: str | Rule = MINMAX.name,
    progress: Callable[[int, int], None] | None = None,
) -> Program:
    """Calibrate a Network and lower it to a Program.

    Args:
        network: with its tensors.
        images: `(N, *shape)` calibration images or batches of them, never the test set; or a
            calibration of the network.
        real: table of real functions.
        width: bits of every tensor, or a mapping from name patterns to bits.
        arithmetic: rounding, overflow and algorithms, or a profile, which the origin then names.
        granularity: what shares a bound.
        rule: by which ranges become formats, a name of `RULES` or a rule with its parameters.
        progress: told calibration images done and in all.
    """
    widths = network_widths(network, width)  # what is wrong is told before the long part
    chosen = rule if isinstance(rule, Rule) else rule_named(rule)
    ranges = (
        images
        if isinstance(images, Calibration)
        else calibrate(network, images, real, progress=progress)
    )
    origin = {
        "model": network.name,
        "rule": str(chosen),
        "width": width if isinstance(width, int) else dict(width),
        "granularity": granularity.value,
        "calibration_images": ranges.images,
        "ranges": {name: [seen.low, seen.high] for name, seen in ranges.items()},
    }
    if isinstance(arithmetic, Profile):
        origin |= {"profile": f"{arithmetic.name} {arithmetic.digest}"}
        arithmetic = arithmetic.arithmetic
    program = lower(
        network, ranges, width=widths, arithmetic=arithmetic, granularity=granularity, rule=chosen
    )
    return replace(program, origin=origin)


def lower(
    network: Network,
    ranges: Ranges,
    *,
    width: Widths,
    arithmetic: Arithmetic = HARDWARE,
    granularity: Granularity = Granularity.ITERATION,
    rule: Rule = MINMAX,
) -> Program:
    """Choose formats from ranges and write the Program.

    What is unsigned, and how constants are held, is the rule's. A bias has at most the fraction
    bits of its products. Accumulators are those of the arithmetic, otherwise the narrowest that
    the static range allows, checked `exact`.

    Where an operation needs one format at several ports, their tensors keep their own formats and
    those that differ from the common one are converted by a `requantize` before the step, named
    `step.port` like the tensor that it makes. A tensor may be read elsewhere too, come from outside
    or have a width that was asked for: none of these can be given up for the sake of one reader.
    """
    network.require_tensors()
    if isinstance(ranges, Calibration):
        ranges.check(network)
    widths = network_widths(network, width)
    seen = grouped(network, ranges, granularity)
    return _lowered(network, ByRule(network, seen, widths, rule, arithmetic), arithmetic)


def assemble(
    network: Network,
    formats: Mapping[str, Format],
    words: Mapping[str, Ints],
    arithmetic: Arithmetic,
) -> Program:
    """Write the Program of a network whose formats and weight words are known.

    Args:
        network: the architecture; its float tensors are not read.
        formats: of every tensor whose format neither the inputs nor an operation fixes.
        words: of the constants.
        arithmetic: everything else; it is fitted to the formats as `lower` does.

    Rejects a format or words that are missing with `TENSOR_MISSING`, and words that do not fit.
    """
    return _lowered(network, Given(formats, words), arithmetic)


def _lowered(network: Network, choice: Choice, arithmetic: Arithmetic) -> Program:
    lowering = _Lowering(network, choice, arithmetic)
    steps = tuple(made for step in network.steps for made in lowering.step(step))
    order = [*network.inputs, *network.expected]
    tensors = {name: lowering.tensors[name] for name in order} | lowering.tensors
    return Program(network.name, steps, tensors, lowering.constants, network.outputs)


def network_widths(network: Network, width: Widths) -> dict[str, int]:
    """The width of every tensor but the inputs, whose formats are given."""
    names = [name for name in network.shapes() if name not in network.inputs]
    return widths_by_name(width, names)


class _Lowering:
    """Walks the schedule; formats of what a step reads are known when it is reached."""

    def __init__(self, network: Network, choice: Choice, arithmetic: Arithmetic) -> None:
        self.network, self.choice, self.arithmetic = network, choice, arithmetic
        self.tensors = {
            name: Entry(given.shape, given.format, Kind.INPUT)
            for name, given in network.inputs.items()
        }
        self.constants: dict[str, Ints] = {}
        self.shapes = network.shapes()

    def step(self, step: Step) -> list[Step]:
        """Lower one step; conversions come before it."""
        operation = operation_of(step.params)
        stream = _PLACES * self.network.steps.index(step)
        late = [
            port
            for port, name in step.inputs.items()
            if port in operation.aligned and name not in self.tensors
        ]
        own = dict.fromkeys(
            name
            for port, name in step.inputs.items()
            if port not in late and name not in self.tensors
        )
        for name in own:
            self._constant(name, None)
        step, before = self._unified(step, own, stream + _PLACES - 1)
        known = {
            port: self.tensors[name].format
            for port, name in step.inputs.items()
            if port not in late
        }
        formats = self._outputs(step, known)
        limits = operation.largest_fractions(step.params, known, formats)
        for port in late:
            self._constant(step.inputs[port], limits[port])
            known[port] = self.tensors[step.inputs[port]].format
        step = self.choice.prepared(step, known | formats)
        params = self._chosen(step, known, formats, stream)
        for port, name in step.outputs.items():
            self.tensors[name] = Entry(self.shapes[name], formats[port], Kind.COMPUTED)
        return [*before, self._with_accumulators(replace(step, params=params), formats)]

    def _unified(self, step: Step, own: Container[str], stream: int) -> tuple[Step, list[Step]]:
        """The step with ports of one format where it needs them, and the conversions for that.

        Constants that no step has read before, `own`, are rounded to the common format at once.
        """
        before: list[Step] = []
        for group in operation_of(step.params).shared_formats(step.params):
            given = {port: step.inputs[port] for port in group if port in step.inputs}
            names = {port: name for port, name in given.items() if name in self.tensors}
            kept = [name for name in names.values() if not self.choice.is_zero(name)]
            format = common_format(self.tensors[name].format for name in kept or names.values())
            for port, name in names.items():
                if self.tensors[name].format == format:
                    continue
                if name in own:
                    self._words(name, format)
                else:
                    before.append(self._conversion(step, port, format, stream - len(before)))
                    step = replace(step, inputs={**step.inputs, port: before[-1].name})
        return step, before

    def _conversion(self, step: Step, port: str, format: Format, stream: int) -> Step:
        """A step that brings what a port reads to a format."""
        source, name = step.inputs[port], f"{step.name}.{port}"
        made = Step(name, Requantize(), {"x": source}, {"out": name})
        formats = {"x": self.tensors[source].format}
        params = self._chosen(made, formats, {"out": format}, stream)
        self.shapes[name] = self.shapes[source]
        self.tensors[name] = Entry(self.shapes[name], format, Kind.COMPUTED)
        return replace(made, params=params)

    def _chosen(
        self,
        step: Step,
        known: Mapping[str, Format],
        formats: Mapping[str, Format],
        stream: int,
    ) -> Parameters:
        try:
            arithmetic = self.arithmetic.placed(step=stream)
            made: Parameters = choose(step.params, known, formats, arithmetic)
        except Rejection as rejection:
            raise rejection.within(f"step {step.name!r}") from None
        return made

    def _constant(self, name: str, limit: int | None) -> None:
        format = self.choice.constant(name)
        if limit is not None and format.frac > limit:
            format = replace(format, frac=limit)
        self._words(name, format)

    def _words(self, name: str, format: Format) -> None:
        """Enter a constant with its words."""
        self.tensors[name] = Entry(self.network.expected[name], format, Kind.CONSTANT)
        try:
            self.constants[name] = self.choice.words(name, format)
        except Rejection as rejection:
            raise rejection.within(f"tensor {name!r}") from None

    def _outputs(self, step: Step, known: Mapping[str, Format]) -> dict[str, Format]:
        """Formats of a step's outputs."""
        operation = operation_of(step.params)
        shapes = {port: self.shapes[name] for port, name in step.inputs.items()}
        formats = dict(operation.fixed_formats(step.params, shapes))
        for port, source in operation.same_format(step.params).items():
            formats[port] = known[source]
        positive = operation.nonnegative(step.params, known)
        for port, name in step.outputs.items():
            if port not in formats:
                formats[port] = self.choice.computed(name, nonnegative=port in positive)
        return formats

    def _with_accumulators(self, step: Step, formats: Mapping[str, Format]) -> Step:
        """The step with the accumulators of the arithmetic, else the narrowest that are exact."""
        signatures = {port: self.tensors[name].signature for port, name in step.inputs.items()}
        words = {
            port: self.constants[name]
            for port, name in step.inputs.items()
            if name in self.constants
        }
        known = spans(step.params, signatures, formats, words)
        params = with_registers(step.params, signatures, formats, {}, self.arithmetic, known)
        return replace(step, params=params)
