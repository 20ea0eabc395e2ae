"""The file of a Network: what goes in comes out, and what is refused."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.network import (
    ARCHITECTURES,
    Network,
    architecture,
    load_network,
    predict,
    save_network,
)
from fxcaps.network.files import read_archive, write_archive
from fxcaps.ops import OPERATIONS
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.network.build import random_tensors, small_architecture, small_images, small_network
from tests.network.disk import Edit, assign, damaged, pickled, remove
from tests.support.outcomes import Rejected, rejection_of


def listed(network: Network) -> Any:
    """Everything of a network, to be compared."""
    tensors = {
        name: (tensor.dtype.str, tensor.shape, tensor.tolist())
        for name, tensor in network.tensors.items()
    }
    return replace(network, tensors={}), tensors


@pytest.mark.parametrize("routed", [False, True])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, None])
def test_round_trip(dtype: Any, routed: bool, tmp_path: Path) -> None:
    """Given a network, when saved, loaded and saved again, then it and the file are equal."""
    network = small_network(routed=routed)
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    save_network(network, first, dtype=dtype)
    loaded = load_network(first)
    stored = {name: t.astype(dtype or np.float64) for name, t in network.tensors.items()}
    assert listed(loaded) == listed(network.with_tensors(stored))
    save_network(loaded, second)
    assert second.read_bytes() == first.read_bytes()
    lengths = predict(loaded, small_images(), REAL)["length"]
    assert (
        lengths.tolist()
        == predict(network.with_tensors(stored), small_images(), REAL)["length"].tolist()
    )


def q7_tensors() -> dict[str, NDArray[np.floating]]:
    """Random tensors of an architecture that has a name."""
    return {
        name: tensor.astype(np.float32)
        for name, tensor in random_tensors(architecture("q7-mnist")).items()
    }


def test_arrays_alone_take_the_architecture_that_is_named(tmp_path: Path) -> None:
    """Given an archive of named arrays, when its architecture is named, then it is that one."""
    tensors = q7_tensors()
    np.savez(tmp_path / "bare.npz", allow_pickle=False, **tensors)
    loaded = load_network(tmp_path / "bare.npz", name="q7-mnist")
    assert replace(loaded, tensors={}) == architecture("q7-mnist")
    assert {name: array.tolist() for name, array in loaded.tensors.items()} == {
        name: array.tolist() for name, array in tensors.items()
    }


def test_arrays_alone_need_a_name_and_all_tensors(tmp_path: Path) -> None:
    """Given an archive without a description, when unnamed, misnamed or short, then it says so."""
    path = tmp_path / "bare.npz"
    np.savez(path)
    assert rejection_of(lambda: load_network(path)) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: the archive has no description.json; name its architecture",
    )
    assert rejection_of(lambda: load_network(path, name="q8")) == Rejected(
        Reason.NAME_UNKNOWN,
        f"{path}: no architecture 'q8'; known: {', '.join(ARCHITECTURES)}",
    )
    missing = "tensor 'conv.weight' (16, 7, 7, 1) is missing"
    assert rejection_of(lambda: load_network(path, name="q7-mnist")) == Rejected(
        Reason.TENSOR_MISSING, f"{path}: q7-mnist: {missing}"
    )


def saved(tmp_path: Path, edit: Edit | None = None, **arrays: Any) -> Path:
    """The small network on disk, description and arrays changed; `None` takes an array out."""
    path = tmp_path / "small.npz"
    save_network(small_network(), path)
    description, tensors = read_archive(path)
    if edit:
        edit(description)
    changed = tensors | {name.replace("_", "."): array for name, array in arrays.items()}
    kept = {name: array for name, array in changed.items() if array is not None}
    write_archive(path, description, kept)
    return path


NAN = np.array([1.0, np.nan])


@pytest.mark.parametrize(
    ("arrays", "reason", "message"),
    [
        (
            {"digit_bias": None},
            Reason.TENSOR_MISSING,
            "small: tensor 'digit.bias' (3, 2) is missing",
        ),
        ({"digit_more": NAN}, Reason.TENSOR_UNUSED, "small: no step reads 'digit.more'"),
        (
            {"conv_bias": NAN[:1]},
            Reason.SHAPE_MISMATCH,
            "small: tensor 'conv.bias' needs shape (2,), found (1,)",
        ),
        ({"conv_bias": NAN}, Reason.NOT_A_NUMBER, "small: tensor 'conv.bias' has nan at (1,)"),
        (
            {"conv_bias": np.array([1, 2], np.int8)},
            Reason.DATA_INVALID,
            "small: tensor 'conv.bias' must be float, found int8",
        ),
    ],
)
def test_rejects_tensors(
    arrays: dict[str, Any], reason: Reason, message: str, tmp_path: Path
) -> None:
    """Given a tensor missing, extra, misshapen or NaN, then file and tensor are told."""
    path = saved(tmp_path, **arrays)
    assert rejection_of(lambda: load_network(path)) == Rejected(reason, f"{path}: {message}")


def test_rejects_a_file_without_any_tensor(tmp_path: Path) -> None:
    """Given a description alone, when loaded, then it is no trained network."""
    path = saved(tmp_path, **{name.replace(".", "_"): None for name in small_network().expected})
    assert rejection_of(lambda: load_network(path)) == Rejected(
        Reason.TENSOR_MISSING, f"{path}: small: tensor 'conv.weight' (2, 3, 3, 1) is missing"
    )


DESCRIPTION = "description.json"


@pytest.mark.parametrize(
    ("edit", "reason", "message"),
    [
        (
            assign("kind", value="fxcaps-program"),
            Reason.FILE_FOREIGN,
            "description.json: expected kind 'fxcaps-network', found 'fxcaps-program'",
        ),
        (
            assign("version", value=2),
            Reason.FILE_FOREIGN,
            "description.json: expected fxcaps-network version 1, found 2",
        ),
        (
            remove("steps"),
            Reason.FILE_FOREIGN,
            "description.json: field 'steps' must be of type list, found nothing",
        ),
        (
            assign("name", value=7),
            Reason.FILE_FOREIGN,
            "description.json: field 'name' must be of type str, found 7",
        ),
        (
            assign("outputs", value=["length", ["class"]]),
            Reason.FILE_FOREIGN,
            "description.json: field 'outputs' must list names, found ['class']",
        ),
        (
            assign("fixed", value=[{}]),
            Reason.FILE_FOREIGN,
            "description.json: field 'fixed' must list names, found {}",
        ),
        (
            assign("inputs", "../pixels", value={"shape": [8], "format": "u8f0"}),
            Reason.PARAMETER_INVALID,
            "inputs: a name has letters, digits, '_', '.' and '-', found '../pixels'",
        ),
        (
            assign("tensors", "", value=[2]),
            Reason.PARAMETER_INVALID,
            "tensors: a name has letters, digits, '_', '.' and '-', found ''",
        ),
        (
            assign("tensors", "conv.bias", value=[2, -1]),
            Reason.FILE_FOREIGN,
            "shape of 'conv.bias' must be a list of extents, found [2, -1]",
        ),
        (
            assign("tensors", "conv.bias", value=[True]),
            Reason.FILE_FOREIGN,
            "shape of 'conv.bias' must be a list of extents, found [True]",
        ),
        (
            assign("inputs", "pixels", "format", value="Q8.0"),
            Reason.FORMAT_INVALID,
            (
                "description.json input 'pixels': 'Q8.0' is ambiguous: Arm counts the sign bit "
                "in the first number and TI does not; use Format.from_arm or Format.from_ti"
            ),
        ),
        (
            assign("inputs", "pixels", value="u8f0"),
            Reason.FILE_FOREIGN,
            "description.json input 'pixels': expected an object, found 'u8f0'",
        ),
        (
            assign("steps", 1, value="conv"),
            Reason.PARAMETER_INVALID,
            "description.json steps[1]: a step has the fields name, params, inputs, outputs",
        ),
        (
            assign("steps", 1, "inputs", value=[]),
            Reason.PARAMETER_INVALID,
            "description.json steps[1].inputs: expected dict, found []",
        ),
        (
            assign("steps", 1, "outputs", "out", value="a/b"),
            Reason.PARAMETER_INVALID,
            (
                "description.json steps[1].outputs: a name has letters, digits, '_', '.' and '-', "
                "found 'a/b'"
            ),
        ),
        (
            assign("steps", 1, "params", "op", value="conv3d"),
            Reason.NAME_UNKNOWN,
            (
                "description.json steps[1] 'conv' params: no operation 'conv3d'; known: "
                f"{', '.join(sorted(OPERATIONS))}"
            ),
        ),
        (
            assign("steps", 1, "params", "relu", value=1),
            Reason.PARAMETER_INVALID,
            "description.json steps[1] 'conv' params: conv2d.relu must be of type bool, found 1",
        ),
        (
            assign("steps", 1, "inputs", value={"x": "image", "bias": "conv.bias"}),
            Reason.PORT_MISMATCH,
            "step 'conv': conv2d takes bias, weight, x, found bias, x",
        ),
    ],
)
def test_rejects_descriptions(edit: Edit, reason: Reason, message: str, tmp_path: Path) -> None:
    """Given a description with one field wrong, when loaded, then file and field are told."""
    path = saved(tmp_path, edit)
    assert rejection_of(lambda: load_network(path)) == Rejected(reason, f"{path}: {message}")


def test_any_field_may_be_damaged(tmp_path: Path) -> None:
    """Given each value of the description replaced, when loaded, then rejected or a network."""
    whole, arrays = read_archive(saved(tmp_path))
    path = tmp_path / "damaged.npz"
    reasons = set()
    for data in damaged(whole):
        write_archive(path, data, arrays)
        try:
            load_network(path)
        except ValueError as error:
            reasons.add(str(error).split(":")[0])
            assert str(path) in str(error)
            assert "\n" not in str(error)
    assert {"FILE_FOREIGN", "PARAMETER_INVALID", "SHAPE_MISMATCH", "TENSOR_MISSING"} <= reasons


def archive_of(path: Path, members: dict[str, bytes]) -> Path:
    """A stored zip archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_rejects_foreign_and_broken_files(tmp_path: Path) -> None:
    """Given files that are no archives or damaged ones, when loaded, then each gets one line."""
    path = tmp_path / "model.npz"

    def refused() -> Rejected:
        return rejection_of(lambda: load_network(path))

    assert refused() == Rejected(Reason.FILE_UNREADABLE, f"{path}: No such file or directory")
    path.mkdir()
    assert refused() == Rejected(Reason.FILE_UNREADABLE, f"{path}: Is a directory")
    path.rmdir()
    for content in (b"", b"\x93NUMPY", b"PK\x03\x04" + bytes(100)):
        path.write_bytes(content)
        assert refused() == Rejected(
            Reason.FILE_FOREIGN, f"{path}: not a complete .npz archive (File is not a zip file)"
        )
    archive_of(path, {"description.json": b'{"kind": '})
    assert refused() == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: description.json is not JSON (Expecting value: line 1 column 10 (char 9))",
    )
    archive_of(path, {"description.json": b"[7]"})
    assert refused() == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: description.json: expected kind 'fxcaps-network', found [7]",
    )
    archive_of(path, {"description.json": b"[" * 100_000})
    assert refused().reason is Reason.FILE_FOREIGN
    archive_of(path, {"conv.bias.npy": b"float32"})
    assert refused() == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: conv.bias.npy: not a plain .npy array (EOF: reading magic string, expected 8 "
        "bytes got 7)",
    )


def test_rejects_every_truncation(tmp_path: Path) -> None:
    """Given a file that ends early, wherever, when loaded, then it is no complete archive."""
    whole = saved(tmp_path).read_bytes()
    path = tmp_path / "short.npz"
    for size in range(0, len(whole), 61):
        path.write_bytes(whole[:size])
        assert rejection_of(lambda: load_network(path)) == Rejected(
            Reason.FILE_FOREIGN, f"{path}: not a complete .npz archive (File is not a zip file)"
        )


def test_rejects_damage(tmp_path: Path) -> None:
    """Given an archive with bytes changed at random, when loaded, then it loads or is rejected."""
    whole = saved(tmp_path).read_bytes()
    path = tmp_path / "damaged.npz"
    random = np.random.default_rng(0)
    reasons = set()
    for _ in range(300):
        content = bytearray(whole)
        content[int(random.integers(len(whole)))] = int(random.integers(256))
        path.write_bytes(content)
        try:
            load_network(path)
        except ValueError as error:
            reasons.add(str(error).split(":")[0])
            assert str(path) in str(error)
            assert "\n" not in str(error)
    assert {"FILE_FOREIGN", "TENSOR_MISSING"} <= reasons


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    """Given one byte of a stored member changed, when loaded, then its checksum says so."""
    array = tmp_path / "array.npy"
    np.save(array, np.arange(2.0))
    path = archive_of(tmp_path / "model.npz", {"conv.bias.npy": array.read_bytes()})
    whole = path.read_bytes()
    path.write_bytes(whole.replace(np.float64(1.0).tobytes(), np.float64(2.0).tobytes()))
    assert rejection_of(lambda: load_network(path)) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: not a complete .npz archive (Bad CRC-32 for file 'conv.bias.npy')",
    )


def test_never_unpickles(tmp_path: Path) -> None:
    """Given an archive with a pickle in it, when loaded, then it is refused and not run."""
    path = tmp_path / "model.npz"
    np.savez(path, **{"conv.bias": pickled(tmp_path / "sprung")})
    assert rejection_of(lambda: load_network(path, name="q7-mnist")) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: conv.bias.npy: not a plain .npy array (Object arrays cannot be loaded when "
        "allow_pickle=False)",
    )
    assert not (tmp_path / "sprung").exists()


def test_only_whole_networks_are_saved(tmp_path: Path) -> None:
    """Given an architecture, then values that a type cannot hold, when saved, then rejected."""
    path = tmp_path / "made.npz"
    assert rejection_of(lambda: save_network(small_architecture(), path)) == Rejected(
        Reason.TENSOR_MISSING, "small: tensor 'conv.weight' (2, 3, 3, 1) is missing"
    )
    network = small_network()
    large = network.with_tensors(dict(network.tensors) | {"conv.bias": np.array([1.0, -7e4])})
    assert rejection_of(lambda: save_network(large, path, dtype=np.float16)) == Rejected(
        Reason.NOT_A_NUMBER, "small: tensor 'conv.bias' has -inf at (1,)"
    )
    assert list(tmp_path.iterdir()) == []


def test_another_architecture_than_described(tmp_path: Path) -> None:
    """Given a described network, when read as another, then both are named."""
    path, network = tmp_path / "model.npz", small_network()
    save_network(network, path)
    assert rejection_of(lambda: load_network(path, name="q7-mnist")) == Rejected(
        Reason.FILE_FOREIGN, f"{path}: holds the network {network.name!r}, not 'q7-mnist'"
    )
