"""The engine: the specification's words and events over batches, compiled."""

from fxcaps.engine.kernels.instructions import Path
from fxcaps.engine.table import ENGINE, EngineFunction, engine_on

__all__ = ["ENGINE", "EngineFunction", "Path", "engine_on"]
