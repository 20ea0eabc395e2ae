"""A C library behind `fxcaps_dut.h`, in a process of its own: firmware on the host, HLS models."""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Any

from fxcaps.conform.adapters.library_host import VERSION
from fxcaps.conform.adapters.restarting import Restarting
from fxcaps.conform.device import Block, DeviceError, Question, Reply, Skip, Status
from fxcaps.conform.process import Child
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.constants import as_text
from fxcaps.vectors.export import setup_rows

HEADER = "fxcaps_dut.h"
"""What a device includes."""

ROOM = 4096
"""Words of an output whose shape nobody knows, as in a call that is to be rejected."""

_SKIP, _NO_ROOM = -1, -2

_REASONS = tuple(Reason)[: tuple(Reason).index(Reason.DIVISION_BY_ZERO) + 1]
"""Those that a call can give, in the order of the page; the first has the status 1."""


def header() -> str:
    """The text of the header."""
    return resources.files("fxcaps.conform.adapters").joinpath(HEADER).read_text("ascii")


class Library(Restarting):
    """A shared library.

    Args:
        path: of the library.
        rejects: whether it gives reasons.
        seconds: for each reply.

    A library without `fxcaps_dut_configure` has one setup, and is asked whatever is selected.
    """

    adapter = "library"
    asks = "calls"

    def __init__(self, path: Path, *, rejects: bool = True, seconds: float = 60.0) -> None:
        self.path = path
        self.name = str(path)
        self.rejects = rejects
        self.seconds = seconds

    def begin(self, block: Block) -> None:
        """Load the library, tell it the setup, and compare version and profile."""
        super().begin(block)
        try:
            self.text = as_text(setup_rows(block.setup, block.identifiers))
            self.sizes = {
                port: format.container_bytes
                for port, format in (block.inputs | block.outputs).items()
            }
        except Rejection as rejection:
            raise Skip(f"the setup cannot be told to a C library: {rejection}") from None
        self._stopped()
        self._started()

    def _started(self) -> Child:
        if self.child is not None:
            return self.child
        host = str(Path(__file__).with_name("library_host.py"))
        self.child = Child([sys.executable, "-I", host, str(self.path)], self.seconds)
        said = self._said(self.child, {"configure": self.text})
        if said.get("version") != VERSION:
            raise DeviceError(f"expected {HEADER} version {VERSION}, found {said.get('version')}")
        stated, known = said["profile_id"], self.block.identifiers.get("PROFILE_ID")
        if stated and known not in (None, f"{stated:08x}"):
            raise DeviceError(f"the device has profile_id '{stated:08x}', the vectors {known!r}")
        if said["status"] == _SKIP:
            raise Skip("the library declines the setup")
        return self.child

    def _said(self, child: Child, asked: dict[str, Any]) -> dict[str, Any]:
        child.send(json.dumps(asked) + "\n")
        child.due()
        line = child.line()
        if line is None:
            ending = child.ending()
            raise DeviceError(f"the library ended its process{ending and f': {ending}'}")
        return dict(json.loads(line))

    def _reply(self, question: Question) -> Reply:
        counts = self.block.sizes or {}
        inputs = [
            {"bytes": self.sizes[port], "words": list(question.words[port])}
            for port in self.block.inputs
        ]
        outputs = [
            {"bytes": self.sizes[port], "capacity": counts.get(port, ROOM)}
            for port in self.block.outputs
        ]
        asked = {"seq": question.seq, "inputs": inputs, "outputs": outputs}
        said = self._said(self._started(), asked)
        seq, status = question.seq, said["status"]
        if said["failed"]:
            return Reply(seq, Status.FAILED, reason=said["failed"])
        if status == _SKIP:
            return Reply(seq, Status.SKIP, reason="the library declines the call")
        if status == _NO_ROOM:
            return Reply(seq, Status.FAILED, reason="found no room for its outputs")
        if not 0 <= status <= len(_REASONS):
            return Reply(seq, Status.FAILED, reason=f"status {status}, which is none")
        if status:
            reason = _REASONS[status - 1].value
            return Reply(seq, Status.REJECT, reason=reason, taps=said["taps"])
        words = dict(zip(self.block.outputs, said["outputs"], strict=True))
        return Reply(seq, Status.WORDS, words, taps=said["taps"])

    def close(self) -> None:
        self._stopped()
