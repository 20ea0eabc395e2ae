"""Words of prefixes on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fxcaps.allocate.store import HEADER, PrefixStore, Shelf

WORDS = {"a": np.arange(100, dtype="<i2"), "b.c": np.ones((2, 3), "<i1")}
ENTRY = sum(array.nbytes + HEADER for array in WORDS.values())


def stored(place: Path) -> int:
    """Bytes on disk."""
    return sum(file.stat().st_size for file in place.rglob("*") if file.is_file())


def test_words_come_back(tmp_path: Path) -> None:
    """Given an entry, when asked for, then its words; another key or part has none."""
    store = PrefixStore(tmp_path / "new")
    assert store.get("k" * 64, 3) is None
    for _ in range(2):  # a second writer changes nothing
        store.put("k" * 64, 3, WORDS)
        found = store.get("k" * 64, 3)
        assert found is not None
        assert {name: (a.dtype, a.tolist()) for name, a in found.items()} == {
            name: (a.dtype, a.tolist()) for name, a in WORDS.items()
        }
        assert stored(tmp_path) == ENTRY
    assert store.get("k" * 64, 4) is None
    assert [folder.name for folder in (tmp_path / "new").rglob("*") if folder.is_dir()] == [
        "k" * 32,
        "3",
    ]


def test_the_least_recently_used_makes_room(tmp_path: Path) -> None:
    """Given room for two keys, when a third comes, then the key used longest ago goes."""
    store = PrefixStore(tmp_path)
    shelf = Shelf(store, 2 * ENTRY)
    for key in ("one", "two", "one", "three"):
        shelf.reserve({key: ENTRY})
        store.put(key, 0, WORDS)
        assert stored(tmp_path) <= 2 * ENTRY
    assert [store.get(key, 0) is not None for key in ("one", "two", "three")] == [True, False, True]


def test_keys_of_one_plan_stay_together(tmp_path: Path) -> None:
    """Given a plan of two keys, when reserved, then neither makes room for the other."""
    store = PrefixStore(tmp_path)
    shelf = Shelf(store, 2 * ENTRY)
    shelf.reserve({"old": ENTRY})
    store.put("old", 0, WORDS)
    shelf.reserve({"one": ENTRY, "two": ENTRY})
    for key in ("one", "two"):
        store.put(key, 0, WORDS)
    assert [store.get(key, 0) is not None for key in ("old", "one", "two")] == [False, True, True]


def test_what_an_earlier_search_left_counts(tmp_path: Path) -> None:
    """Given entries of a search that ended, when another begins there, then they make room."""
    store = PrefixStore(tmp_path)
    store.put("old", 0, WORDS)
    shelf = Shelf(store, 2 * ENTRY - 1)
    shelf.reserve({"new": ENTRY})
    assert store.get("old", 0) is None
    assert not (tmp_path / "old").exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY\x01\x00"])
def test_damage_is_no_entry(tmp_path: Path, content: bytes) -> None:
    """Given a file that is no array, when asked for, then there is no entry."""
    store = PrefixStore(tmp_path)
    store.put("key", 0, WORDS)
    next(tmp_path.rglob("a.npy")).write_bytes(content)
    assert store.get("key", 0) is None


def test_a_place_that_cannot_be_written_stores_nothing(tmp_path: Path) -> None:
    """Given a file in the way, when an entry is added, then it is left out."""
    (tmp_path / "key").touch()
    store = PrefixStore(tmp_path)
    store.put("key", 0, WORDS)
    assert store.get("key", 0) is None
