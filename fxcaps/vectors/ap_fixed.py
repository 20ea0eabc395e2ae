"""Formats and modes as types of Vitis HLS (`ap_fixed`, which Algorithmic C and SystemC share)."""

from __future__ import annotations

from collections.abc import Iterator

from fxcaps.network.program import Kind, Program
from fxcaps.ops import Parameters
from fxcaps.profiles import Profile
from fxcaps.types import Format, Overflow, Rounding
from fxcaps.types.overflow import VENDOR_OVERFLOW
from fxcaps.types.rounding import VENDOR_ROUNDING
from fxcaps.vectors.constants import identifier

_ROUNDING = {mode: name for name, mode in VENDOR_ROUNDING["ap"].items()}
_OVERFLOW = {mode: name for name, mode in VENDOR_OVERFLOW["ap"].items()}


def ap_type(format: Format, modes: str = "") -> str:
    """`ap_fixed<8, 3>` of `s8f5`: the sign counts in the integer bits."""
    kind = "ap_fixed" if format.signed else "ap_ufixed"
    return f"{kind}<{format.width}, {format.width - format.frac}{modes}>"


def ap_modes(rounding: object, overflow: object) -> str | None:
    """`, AP_RND, AP_SAT`; `None` where Vitis HLS has no name for one of the two."""
    if not isinstance(rounding, Rounding) or not isinstance(overflow, Overflow):
        return None
    if rounding not in _ROUNDING or overflow not in _OVERFLOW:
        return None
    return f", {_ROUNDING[rounding]}, {_OVERFLOW[overflow]}"


def typedefs(program: Program) -> Iterator[str]:
    """A type for every tensor; one that is computed has the modes that make its words.

    A type converts any value by its own rounding and overflow, once. That is what an operation
    does with its exact result; integer roots and tables inside it are no conversions.
    """
    made: dict[str, Parameters] = {
        tensor: step.params for step in program.steps for tensor in step.outputs.values()
    }
    for name, entry in program.tensors.items():
        type_name = f"fxcaps_{identifier(name)}_t"
        params = made.get(name)
        modes: str | None = ""
        if entry.kind is Kind.COMPUTED and hasattr(params, "overflow"):
            rounding = getattr(params, "rounding", Rounding.FLOOR)  # a root without one is a floor
            modes = ap_modes(rounding, getattr(params, "overflow", None))
        if modes is None:
            yield f"// {name}: {entry.format}, whose rounding or overflow has no name here"
        else:
            yield f"typedef {ap_type(entry.format, modes)} {type_name};"


def templates(profile: Profile) -> Iterator[str]:
    """A template of the modes for every operation that a profile names."""
    named = dict(profile.operations)
    if profile.default is not None:
        named["default"] = profile.default
    for name, entry in named.items():
        overflow = entry.fixed.get("overflow")
        if overflow is None:
            continue
        modes = ap_modes(entry.fixed.get("rounding", Rounding.FLOOR), overflow)
        if modes is None:
            yield f"// {name}: its rounding or overflow has no name here"
            continue
        for kind, suffix in (("ap_fixed", "t"), ("ap_ufixed", "ut")):
            yield f"template <int W, int I> using fxcaps_{identifier(name)}_{suffix} ="
            yield f"    {kind}<W, I{modes}>;"
