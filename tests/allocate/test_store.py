"""Words of prefixes on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fxcaps.allocate.store import PrefixStore

WORDS = {"a": np.arange(100, dtype="<i2"), "b.c": np.ones((2, 3), "<i1")}
ENTRY = sum(array.nbytes + 128 for array in WORDS.values())
"""Bytes of an entry on disk: a header of 128 each."""


def test_words_come_back(tmp_path: Path) -> None:
    """Given an entry, when asked for, then its words; another key or part has none."""
    store = PrefixStore(tmp_path / "new", 10_000)
    assert store.get("k" * 64, 3) is None
    assert store.put("k" * 64, 3, WORDS, ())
    found = store.get("k" * 64, 3)
    assert found is not None
    assert {name: (a.dtype, a.tolist()) for name, a in found.items()} == {
        name: (a.dtype, a.tolist()) for name, a in WORDS.items()
    }
    assert store.get("k" * 64, 4) is None
    assert store.put("k" * 64, 3, WORDS, ())
    assert store.size() == ENTRY


def test_the_least_recently_used_makes_room(tmp_path: Path) -> None:
    """Given room for two entries, when a third comes, then the key used longest ago goes."""
    store = PrefixStore(tmp_path, 2 * ENTRY)
    for key in ("one", "two"):
        assert store.put(key, 0, WORDS, ())
    assert store.get("one", 0)
    assert store.put("three", 0, WORDS, ())
    assert [store.get(key, 0) is not None for key in ("one", "two", "three")] == [True, False, True]
    assert store.size() <= store.budget


def test_what_is_kept_makes_no_room(tmp_path: Path) -> None:
    """Given keys of the Program at work, when room is short, then the new entry is refused."""
    store = PrefixStore(tmp_path, 2 * ENTRY)
    for part in (0, 1):
        assert store.put("mine", part, WORDS, ("mine",))
    assert not store.put("mine", 2, WORDS, ("mine",))
    assert not store.put("big", 0, {"a": np.zeros(10_000)}, ())
    assert store.get("mine", 0)
    assert store.get("mine", 1)


def test_damage_is_no_entry(tmp_path: Path) -> None:
    """Given a file that is no array, when asked for, then there is no entry."""
    store = PrefixStore(tmp_path, 10_000)
    store.put("key", 0, WORDS, ())
    next(tmp_path.rglob("a.npy")).write_bytes(b"")
    assert store.get("key", 0) is None
