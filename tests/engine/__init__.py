"""The engine equals the specification, words and events."""
