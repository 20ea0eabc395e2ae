"""Speed beside that of other programs, in one run; `docs/speed.md`."""
