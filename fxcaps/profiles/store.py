"""The profiles of the package, by name, and other people's, by file."""

from __future__ import annotations

import difflib
import json
from functools import cache
from pathlib import Path

from fxcaps.profiles.profile import Profile, read_profile
from fxcaps.types import Reason, Rejection

_FOLDER = Path(__file__).parent
_MANIFEST = "MANIFEST.json"


@cache
def published() -> dict[str, str]:
    """Digests of the package's profiles by name; a profile never changes under its name."""
    data = json.loads((_FOLDER / _MANIFEST).read_text(encoding="utf-8"))
    return {str(name): str(digest) for name, digest in data["profiles"].items()}


def load_profile(source: str | Path) -> Profile:
    """Read a profile.

    Args:
        source: a name of the package's, or the path of a file; a file with that very name wins.

    Rejects an unknown name (`NAME_UNKNOWN`), unreadable files, what is no profile, and another
    digest than the one recorded in the file or, for a name of the package's, in its manifest.
    """
    path, name = Path(source), str(source)
    if path.is_file() or path.suffix == ".json" or len(path.parts) > 1:
        return _read(path)
    if name not in published():
        raise Rejection(Reason.NAME_UNKNOWN, f"no profile {name!r}; {_near(name)}")
    return _read(_FOLDER / f"{name}.json")


def _near(name: str) -> str:
    known = list(published())
    holding = [profile for profile in known if name and name in profile]
    # Common prefixes make any two names alike by 0.7.
    close = holding or difflib.get_close_matches(name, known, n=3, cutoff=0.8)
    return f"did you mean {', '.join(close)}?" if close else f"known: {', '.join(known)}"


def _read(path: Path) -> Profile:
    try:
        profile = read_profile(path.read_text(encoding="utf-8"))
        _check_digest(profile)
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise Rejection(Reason.FILE_FOREIGN, f"{path}: not JSON ({error})") from None
    except Rejection as rejection:
        raise rejection.within(str(path)) from None
    return profile


def _check_digest(profile: Profile) -> None:
    """A name of the package's belongs to one content, whoever gives the file (PRF-8)."""
    expected = published().get(profile.name, profile.digest)
    if profile.digest != expected:
        raise Rejection(
            Reason.FILE_CORRUPT,
            f"names the profile {profile.name!r}, whose digest is {expected!r}, but its contents "
            f"give {profile.digest!r}",
        )
