"""Calibration: what a network's tensors hold, streamed, added up, saved and used again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, forward
from fxcaps.network.files import check_kind, read_archive, write_archive
from fxcaps.network.files import field as json_field
from fxcaps.network.images import check_images
from fxcaps.quantize.histogram import Histogram
from fxcaps.quantize.ranges import Range, observe
from fxcaps.types import Reason, Rejection

_KIND, _VERSION = "fxcaps-calibration", 1

Images = NDArray[Any] | Iterable[NDArray[Any]]
"""Images, or any number of batches of them."""


@dataclass(frozen=True)
class Observation(Range):
    """Range and histogram of a tensor."""

    histogram: Histogram

    @classmethod
    def of(cls, values: NDArray[Any], where: str) -> Self:
        """What an array holds; rejects NaN and infinity with `NOT_A_NUMBER`."""
        seen = observe(values, where)
        return cls(seen.low, seen.high, Histogram.of(values))

    def union(self, other: Range) -> Range:
        """What both hold; a range alone has no histogram to add."""
        hull = super().union(other)
        if not isinstance(other, Observation):
            return hull
        return Observation(hull.low, hull.high, self.histogram.union(other.histogram))


@dataclass(frozen=True)
class Split:
    """Positions of one axis that form groups, such as capsule types or channels.

    Position `p` belongs to group `p % count`: capsules of a flattened grid run `(h, w, type)`.

    Args:
        axis: of one sample's tensor.
        count: of groups.
    """

    axis: int
    count: int

    def parts(self, values: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """The values of each group; `values` has a batch axis first."""
        moved = np.moveaxis(values, self.axis + 1, 0)
        yield from (moved[group :: self.count] for group in range(self.count))

    def check(self, name: str, shape: tuple[int, ...]) -> None:
        """Reject an axis that is not there or does not divide into so many groups."""
        if not 0 <= self.axis < len(shape) or self.count < 1 or shape[self.axis] % self.count:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"tensor {name!r} {shape} has no {self.count} equal groups along axis {self.axis}",
            )


@dataclass(frozen=True)
class Calibration(Mapping[str, Observation]):
    """What every computed tensor of a network held over a calibration set.

    Args:
        network: its name.
        digest: of the network, steps and tensors.
        tensors: by name, in the order of the schedule; a group of a split tensor goes by
            `name[group]`.
        marks: of the images, ascending: 64 bits of a hash each, to tell sets apart.
        splits: tensors that were observed by group as well.
        constants: what the network's own tensors hold, by name.
    """

    network: str
    digest: str
    tensors: Mapping[str, Observation]
    marks: NDArray[np.uint64] = field(repr=False)
    splits: Mapping[str, Split] = field(default_factory=dict)
    constants: Mapping[str, Observation] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Observation:
        return self.tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Calibration):
            return NotImplemented
        mine, theirs = (
            (c.network, c.digest, dict(c.tensors), dict(c.splits), c.marks.tolist())
            for c in (self, other)
        )  # the constants are the network's, which the digest says
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    @property
    def images(self) -> int:
        """How many were observed."""
        return len(self.marks)

    @property
    def content(self) -> str:
        """sha256 of all that formats can depend on, to tell calibrations apart."""
        found = sha256(self.digest.encode())
        found.update(self.marks.astype("<u8").tobytes())
        for name, seen in self.tensors.items():
            found.update(f"{name} {seen.low!r} {seen.high!r}\n".encode())
            found.update(seen.histogram.keys.astype("<u4").tobytes())
            found.update(seen.histogram.counts.astype("<i8").tobytes())
        return found.hexdigest()

    def check(self, network: Network) -> None:
        """Reject another network than the one that was calibrated with `FILE_FOREIGN`."""
        if self.digest != network.digest:
            raise Rejection(
                Reason.FILE_FOREIGN,
                f"the calibration is of {self.network} {self.digest[:16]}, the network is "
                f"{network.name} {network.digest[:16]}; calibrate it anew",
            )

    def shared(self, images: NDArray[Any]) -> int:
        """How many of these images were calibrated with."""
        return int(np.isin(image_marks(images), self.marks).sum())

    def union(self, other: Calibration) -> Calibration:
        """The calibration over both sets; rejects that of another network or other splits."""
        if (self.digest, dict(self.splits)) != (other.digest, dict(other.splits)):
            raise Rejection(
                Reason.FILE_FOREIGN,
                f"calibrations of {self.network} {self.digest[:16]} and {other.network} "
                f"{other.digest[:16]} cannot be added: they need one network and the same splits",
            )
        tensors = {name: _joined(seen, other[name]) for name, seen in self.tensors.items()}
        marks = np.sort(np.concatenate([self.marks, other.marks]))
        return replace(self, tensors=tensors, marks=marks)

    def save(self, path: Path) -> None:
        """Write an `.npz`: a JSON description with the ranges, keys and counts a tensor."""
        description = {
            "kind": _KIND,
            "version": _VERSION,
            "network": self.network,
            "network_digest": self.digest,
            "images": self.images,
            "splits": {name: [split.axis, split.count] for name, split in self.splits.items()},
            "tensors": {name: [seen.low, seen.high] for name, seen in self.tensors.items()},
            "constants": {name: [seen.low, seen.high] for name, seen in self.constants.items()},
        }
        arrays: dict[str, NDArray[Any]] = {"marks": self.marks.astype("<u8")}
        for name, seen in (*self.tensors.items(), *self.constants.items()):
            arrays[f"{name}.keys"] = seen.histogram.keys.astype("<u4")
            arrays[f"{name}.counts"] = seen.histogram.counts.astype("<i8")
        write_archive(path, description, arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote; rejects unreadable, foreign and damaged files."""
        description, arrays = read_archive(Path(path))
        try:
            return cls._read(check_kind(description, _KIND, _VERSION, "description.json"), arrays)
        except Rejection as rejection:
            raise rejection.within(str(path)) from None

    @classmethod
    def _read(cls, data: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        where = "description.json"
        tensors, constants = (
            {
                name: Observation(*_pair(ends, float, name), _histogram(arrays, name))
                for name, ends in json_field(data, kind, dict, where).items()
            }
            for kind in ("tensors", "constants")
        )
        splits = {
            name: Split(*_pair(pair, int, name))
            for name, pair in json_field(data, "splits", dict, where).items()
        }
        marks = _array(arrays, "marks", "u")
        if len(marks) != json_field(data, "images", int, where):
            raise Rejection(
                Reason.FILE_FOREIGN, f"{where}: {data['images']} images, {len(marks)} marks"
            )
        return cls(
            json_field(data, "network", str, where),
            json_field(data, "network_digest", str, where),
            tensors,
            marks.astype(np.uint64),
            splits,
            constants,
        )


def calibrate(
    network: Network,
    images: Images,
    real: Mapping[str, Callable[..., Any]],
    *,
    splits: Mapping[str, Split] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Observe every computed tensor of a Network in its float forward.

    Args:
        network: with its tensors.
        images: `(N, *shape)` calibration images, or batches of them; never the test set.
        real: table of real functions.
        splits: computed tensors to observe by group as well.
        progress: told images done and in all; of batches, only those that are known.

    Nothing but the ranges and the histograms is kept, however many images there are. The range
    of a tensor always holds zero, which every format can represent.
    """
    wanted = dict(splits or {})
    shapes = network.shapes()
    for name, split in wanted.items():
        if name not in shapes or name in network.expected:
            raise Rejection(Reason.NAME_UNKNOWN, f"{network.name} computes no tensor {name!r}")
        split.check(name, shapes[name])
    seen: dict[str, Observation] = {}
    marks: list[NDArray[np.uint64]] = []
    done = 0
    for part, total in _batches(images):
        check_images(part, network.inputs, network.name)
        marks.append(image_marks(part))
        for values in forward(network, part, real):
            for name, array in _named(values, wanted):
                found = Observation.of(array, f"tensor {name!r}")
                seen[name] = _joined(seen[name], found) if name in seen else found
            done += len(next(iter(values.values())))
            if progress:
                progress(done, max(done, total))
    if not marks:
        raise Rejection(Reason.DATA_INVALID, f"{network.name}: no images to calibrate with")
    joined = np.sort(np.concatenate(marks))
    constants = {
        name: Observation.of(network.tensors[name], f"tensor {name!r}") for name in network.expected
    }
    return Calibration(network.name, network.digest, seen, joined, wanted, constants)


def image_marks(images: NDArray[Any]) -> NDArray[np.uint64]:
    """64 bits of a hash of every image, whatever its integer type."""
    words = np.ascontiguousarray(images.astype("<i8"))
    marks = [
        int.from_bytes(blake2b(image.tobytes(), digest_size=8).digest(), "little")
        for image in words
    ]
    return np.array(marks, np.uint64)


def _joined(one: Observation, other: Observation) -> Observation:
    hull = Range.union(one, other)
    return Observation(hull.low, hull.high, one.histogram.union(other.histogram))


def _batches(images: Images) -> Iterator[tuple[NDArray[Any], int]]:
    """Batches, and how many images are known of by then."""
    if isinstance(images, np.ndarray):
        yield images, len(images)
        return
    known = 0
    for part in images:
        known += len(part)
        yield part, known


def _named(
    values: Mapping[str, NDArray[Any]], splits: Mapping[str, Split]
) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, array in values.items():
        yield name, array
        if name in splits:
            for group, part in enumerate(splits[name].parts(array)):
                yield f"{name}[{group}]", part


def _pair(data: Any, kind: type, name: str) -> tuple[Any, Any]:
    numbers = int if kind is int else (int, float)
    if (
        not isinstance(data, list)
        or len(data) != 2
        or not all(isinstance(x, numbers) for x in data)
    ):
        raise Rejection(
            Reason.FILE_FOREIGN, f"entry {name!r} must be two numbers, found {data!r:.60}"
        )
    return kind(data[0]), kind(data[1])


def _histogram(arrays: Mapping[str, NDArray[Any]], name: str) -> Histogram:
    keys = _array(arrays, f"{name}.keys", "u")
    counts = _array(arrays, f"{name}.counts", "i")
    if keys.shape != counts.shape or (np.diff(keys.astype(np.int64)) <= 0).any():
        raise Rejection(
            Reason.FILE_FOREIGN, f"the bins of {name!r} are not ascending with one count each"
        )
    return Histogram(keys.astype(np.uint32), counts.astype(np.int64))


def _array(arrays: Mapping[str, NDArray[Any]], name: str, kind: str) -> NDArray[Any]:
    if name not in arrays or arrays[name].ndim != 1 or arrays[name].dtype.kind != kind:
        raise Rejection(Reason.FILE_FOREIGN, f"array {name!r} is missing or of another type")
    return arrays[name]
