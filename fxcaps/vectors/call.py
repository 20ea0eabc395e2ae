"""Calls as vectors hold them: a setup, what a block of hardware has fixed, and words."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fxcaps.ops import Parameters, decode, encode, find_parameters, operation_of
from fxcaps.types import Format, Reason, Rejection, Signature, Tensor
from fxcaps.vectors.numbers import read_integers, write_integers

Json = dict[str, Any]


@dataclass(frozen=True)
class Setup:
    """Everything of a call but its words.

    Args:
        name: unique in its file.
        params: as JSON, as a Program's file has them.
        inputs: shape and format as JSON, by port.
        outputs: likewise; of a call that is rejected only the format.
    """

    name: str
    params: Json
    inputs: Json
    outputs: Json

    def to_json(self) -> Json:
        """One line of a file's header."""
        return {
            "name": self.name,
            "params": write_integers(self.params),
            "inputs": self.inputs,
            "outputs": self.outputs,
        }

    @classmethod
    def from_json(cls, data: Any, where: str) -> Setup:
        """Read what `to_json` wrote; rejects what has other fields with `FILE_FOREIGN`."""
        fields = ("name", "params", "inputs", "outputs")
        if not isinstance(data, dict) or set(data) != set(fields):
            raise Rejection(Reason.FILE_FOREIGN, f"{where}: a setup has {', '.join(fields)}")
        return cls(data["name"], read_integers(data["params"]), data["inputs"], data["outputs"])

    @property
    def key(self) -> str:
        """All but the name, as canonical text."""
        return json.dumps([self.params, self.inputs, self.outputs], sort_keys=True)


@dataclass(frozen=True)
class Call:
    """A setup, read: what the specification is asked with."""

    params: Parameters
    inputs: Mapping[str, Signature]
    formats: Mapping[str, Format]


def setup_of(
    name: str, params: Parameters, inputs: Mapping[str, Signature], formats: Mapping[str, Format]
) -> Setup:
    """A setup of a call that the operation accepts."""
    shapes = operation_of(params).guard(params, inputs, formats)
    return Setup(
        name,
        dict(encode(params, explicit=True)),
        {port: tensor_json(given.shape, given.format) for port, given in inputs.items()},
        {port: tensor_json(shapes[port], format) for port, format in formats.items()},
    )


def tensor_json(shape: Sequence[int], format: Format) -> Json:
    """Shape and format as JSON."""
    return {"format": str(format), "shape": list(shape)}


def call_of(setup: Setup) -> Call:
    """Read a setup; rejects parameters and formats as the specification does."""
    return _call_of(setup.key)


@functools.lru_cache(maxsize=64)
def _call_of(key: str) -> Call:
    params, inputs, outputs = json.loads(key)
    return Call(
        decode(params, find_parameters, "params"),
        {
            port: Signature(tuple(given["shape"]), Format.parse(given["format"]))
            for port, given in inputs.items()
        },
        {port: Format.parse(given["format"]) for port, given in outputs.items()},
    )


def tensors_of(call: Call, words: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """The inputs of a call; rejects words as the specification does."""
    return {
        port: Tensor(given.shape, given.format, list(words[port]))
        for port, given in call.inputs.items()
    }
