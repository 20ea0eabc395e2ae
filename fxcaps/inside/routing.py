"""Where routing happens in a Program: couplings, logits and their updates, by their roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fxcaps.inside.target import parts_of
from fxcaps.network import Program, Step
from fxcaps.ops import operation_of
from fxcaps.ops.operands import Role


@dataclass(frozen=True)
class Coupling:
    """Coupling coefficients and the logits that they are made from."""

    tensor: str
    logits: str


@dataclass(frozen=True)
class Update:
    """`after = before + agreement`: logits of one iteration and of the next; the flat step."""

    step: str
    agreement: str
    before: str
    after: str


@dataclass(frozen=True)
class Routing:
    """Couplings and updates that hang together, in the order of the schedule.

    Args:
        name: of the composite step, or of the first flat step where there is none.
        couplings: one an iteration.
        updates: one an iteration that updates the logits.
    """

    name: str
    couplings: tuple[Coupling, ...]
    updates: tuple[Update, ...]

    @property
    def tensors(self) -> frozenset[str]:
        """Names of all couplings, logits and agreements."""
        return frozenset(
            [name for item in self.couplings for name in (item.tensor, item.logits)]
            + [name for item in self.updates for name in (item.agreement, item.before, item.after)]
        )


def find_routings(program: Program, flat: Program) -> tuple[Routing, ...]:
    """Every routing of a Program.

    Args:
        program: the Program.
        flat: the same with composite steps written out.
    """
    couplings, updates = list(_couplings(flat)), list(_updates(flat))
    makers = {name: step.name for step in flat.steps for name in step.outputs.values()}
    parts = parts_of(program)
    found = []
    for group in _groups(couplings, updates):
        own = tuple(item for item in couplings if item.tensor in group)
        maker = next(
            makers[name]
            for name in makers
            if name in {item.tensor for item in own} | {item.after for item in updates}
            and name in group
        )
        found.append(
            Routing(
                parts[maker][0] if maker in parts else maker,
                own,
                tuple(item for item in updates if item.after in group),
            )
        )
    return tuple(found)


def varying(flat: Program) -> frozenset[str]:
    """Tensors that depend on the images; zero logits and what follows from them alone do not."""
    found = set(flat.inputs)
    for step in flat.steps:
        if found & set(step.inputs.values()):
            found |= set(step.outputs.values())
    return frozenset(found)


def _couplings(flat: Program) -> Iterator[Coupling]:
    makers = {name: step for step in flat.steps for name in step.outputs.values()}
    seen = set()
    for step in flat.steps:
        for port, name in step.inputs.items():
            is_coupling = operation_of(step.params).meanings.get(port) is Role.COUPLING
            source = _unmoved(name, makers)
            if is_coupling and source in makers and source not in seen:
                seen.add(source)
                yield Coupling(source, _unmoved(_data(makers[source])[0], makers))


def _unmoved(name: str, makers: Mapping[str, Step]) -> str:
    """The tensor whose words a tensor has, before steps that only move words."""
    while name in makers and operation_of(makers[name].params).same_format(makers[name].params):
        name = _data(makers[name])[0]
    return name


def _updates(flat: Program) -> Iterator[Update]:
    """Agreements with what they are added to; single-input steps in between are passed."""
    agreements: set[str] = set()
    for step in flat.steps:
        roles = operation_of(step.params).meanings
        agreements |= {
            name for port, name in step.outputs.items() if roles.get(port) is Role.AGREEMENT
        }
        read = _data(step)
        others = [name for name in read if name not in agreements]
        if not agreements & set(read):
            continue
        if others:
            agreement = next(name for name in read if name in agreements)
            yield Update(step.name, agreement, others[0], next(iter(step.outputs.values())))
        else:
            agreements |= set(step.outputs.values())


def _data(step: Step) -> list[str]:
    """What a step reads that can differ from image to image."""
    constant = {port.name for port in operation_of(step.params).inputs if port.constant}
    return [name for port, name in step.inputs.items() if port not in constant]


def _groups(couplings: Iterable[Coupling], updates: Iterable[Update]) -> list[set[str]]:
    """Tensors that are linked by couplings and updates."""
    groups: list[set[str]] = []
    links = [{item.tensor, item.logits} for item in couplings]
    links += [{item.before, item.after} for item in updates]
    for link in links:
        touched = [group for group in groups if group & link]
        groups = [group for group in groups if not group & link]
        groups.append(link.union(*touched))
    return groups
