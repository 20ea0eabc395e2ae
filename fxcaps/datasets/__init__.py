"""Data sets, embedded digits and a user's own images, every file verified or rejected."""

from fxcaps.datasets.embedded import digits, model_path
from fxcaps.datasets.images import read_images, read_labels
from fxcaps.datasets.locate import FileStatus, State, load, search_places, status
from fxcaps.datasets.registry import DATASETS, Dataset, DatasetFile, find_dataset
from fxcaps.datasets.resize import doubled

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetFile",
    "FileStatus",
    "State",
    "digits",
    "doubled",
    "find_dataset",
    "load",
    "model_path",
    "read_images",
    "read_labels",
    "search_places",
    "status",
]
