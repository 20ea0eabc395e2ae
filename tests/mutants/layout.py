"""Wrong versions of layout."""

from __future__ import annotations

from tests.mutants.base import first_word_kept, reversed_words

MUTANTS = (first_word_kept(), reversed_words("x"))
