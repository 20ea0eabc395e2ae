"""The engine: the specification's words and events over batches, compiled."""

from fxcaps.engine.table import ENGINE, EngineFunction

__all__ = ["ENGINE", "EngineFunction"]
