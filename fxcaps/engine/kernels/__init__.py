"""Compiled loops, private to the engine.

Contract of every kernel: arrays are C-contiguous `int64` (flags `bool`), the caller has proven
that no intermediate leaves 63 bits, and `events` is `(N, 4, 2)`: for each image and kind of
event the count and the first flat index, -1 for none.
"""
