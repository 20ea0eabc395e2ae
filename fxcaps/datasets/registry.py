"""The data sets that fxcaps reads: their official files, checksums, and where to get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fxcaps.datasets.files import Fingerprint
from fxcaps.types import Reason, Rejection


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """One official file.

    Args:
        name: its name; IDX files without `.gz`, since both forms are accepted.
        split: the split that it belongs to.
        fingerprint: of the content, decompressed for IDX: a recompressed copy is as good.
    """

    name: str
    split: str
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set.

    Args:
        name: how fxcaps calls it.
        kind: the file format.
        folder: the subfolder in which it is looked for, besides the directory itself.
        files: of every split; for IDX a split is its images, then its labels.
        source: where people get it.
        archive: one file that replaces all of `files`.
    """

    name: str
    kind: Literal["idx", "cifar", "svhn"]
    folder: str
    files: tuple[DatasetFile, ...]
    source: str
    archive: DatasetFile | None = None

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits, in order."""
        return tuple(dict.fromkeys(file.split for file in self.files))

    def files_of(self, split: str) -> tuple[DatasetFile, ...]:
        """The files of a split; rejects an unknown one with `NAME_UNKNOWN`."""
        if split not in self.splits:
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"{self.name} has no split {split!r}; known: {', '.join(self.splits)}",
            )
        return tuple(file for file in self.files if file.split == split)


def _file(name: str, split: str, size: int, checksum: str) -> DatasetFile:
    return DatasetFile(name, split, Fingerprint(checksum, size))


def _idx(name: str, source: str, digests: tuple[str, str, str, str]) -> Dataset:
    # 16 or 8 bytes of header; 784 bytes an image, 1 a label.
    train_images, train_labels, test_images, test_labels = digests
    files = (
        _file("train-images-idx3-ubyte", "train", 47_040_016, f"sha256:{train_images}"),
        _file("train-labels-idx1-ubyte", "train", 60_008, f"sha256:{train_labels}"),
        _file("t10k-images-idx3-ubyte", "test", 7_840_016, f"sha256:{test_images}"),
        _file("t10k-labels-idx1-ubyte", "test", 10_008, f"sha256:{test_labels}"),
    )
    return Dataset(name, "idx", name, files, source)


_MNIST = _idx(
    "mnist",
    "https://yann.lecun.com/exdb/mnist/ or any copy of it; the checksums decide",
    (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

# The authors publish MD5 sums of their .gz files; Debian's copies hold the same deflate streams
# (putting the original file name and time back into their gzip headers yields those four MD5
# sums), so these digests of the content are the official files'.
_FASHION_MNIST = _idx(
    "fashion-mnist",
    "Debian package dataset-fashion-mnist, or https://github.com/zalandoresearch/fashion-mnist",
    (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)

_BATCH = 30_730_000  # 10,000 records of 3073 bytes

# The authors publish a checksum of the archive only (MD5 c32a1d4ab5d03f1284b67883e8d87530); its
# SHA-256 is the one TensorFlow Datasets records. The batches' MD5 sums were recorded from the
# verified archive by others: rai-project/dldataset, and CMake scripts of unrelated projects.
_CIFAR_10 = Dataset(
    "cifar-10",
    "cifar",
    "cifar-10-batches-bin",
    (
        _file("data_batch_1.bin", "train", _BATCH, "md5:5dd7e06a14cb22eb9f671a540d1b7c25"),
        _file("data_batch_2.bin", "train", _BATCH, "md5:5ea93a67294ea407fff1d09f752e9692"),
        _file("data_batch_3.bin", "train", _BATCH, "md5:942cd6a4bcdd0dd3c604fbe906cb4421"),
        _file("data_batch_4.bin", "train", _BATCH, "md5:ae636b3ba5c66a11e91e8cb52e771fcb"),
        _file("data_batch_5.bin", "train", _BATCH, "md5:53f37980c15c3d472c316c40844f3f0d"),
        _file("test_batch.bin", "test", _BATCH, "md5:803d5f7f4d78ea53de84dbe85f74fb6d"),
    ),
    "https://www.cs.toronto.edu/~kriz/cifar.html, binary version (cifar-10-binary.tar.gz)",
    archive=_file(
        "cifar-10-binary.tar.gz",
        "all",
        170_052_171,
        "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    ),
)

# The authors publish no checksums; these are TensorFlow Datasets' and torchvision's.
_SVHN = Dataset(
    "svhn",
    "svhn",
    "svhn",
    (
        _file(
            "train_32x32.mat",
            "train",
            182_040_794,
            "sha256:435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
        ),
        _file(
            "test_32x32.mat",
            "test",
            64_275_384,
            "sha256:cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
        ),
    ),
    "http://ufldl.stanford.edu/housenumbers/, format 2",
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset for dataset in (_MNIST, _FASHION_MNIST, _CIFAR_10, _SVHN)
}
"""Data set name -> its files."""


def find_dataset(name: str) -> Dataset:
    """The data set called `name`; rejects others with `NAME_UNKNOWN`."""
    if name not in DATASETS:
        raise Rejection(Reason.NAME_UNKNOWN, f"no data set {name!r}; known: {', '.join(DATASETS)}")
    return DATASETS[name]
