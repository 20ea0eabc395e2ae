"""Q7-CapsNets' Keras models: HDF5 as Keras 2 and 3 write it, and arrays by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.importers import Choices, Fact, Imported, import_file
from fxcaps.network import Network, load_network, predict, save_network
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.importers.compare import assert_equal_outputs
from tests.importers.sources import (
    IMAGE,
    KERAS_STRIDES,
    Arrays,
    images,
    keras,
    keras_forward,
    random_arrays,
)
from tests.support.data import mnist_test, q7_network, real_file
from tests.support.outcomes import Rejected, rejection_of

FILES = Path(__file__).parent / "files"
"""Made by tools/keras_files.py with Keras 2.12 and 3.15."""

SMALL = Choices(image=IMAGE, strides=KERAS_STRIDES)

NAMES: dict[str, Callable[[str, str], str]] = {
    "plain": lambda layer, variable: f"{layer}.{variable}",
    "axes": lambda layer, variable: f"{layer}.{variable}{_AXES.get(variable, '')}",
    "keras 2": lambda layer, variable: f"model_weights/{layer}/{layer}/{variable}:0",
    "keras 2 weights": lambda layer, variable: f"{layer}/{layer}/{variable}:0",
    "keras 2.12 weights": lambda layer, variable: (
        f"_layer_checkpoint_dependencies/{layer}/vars/{int(variable == 'bias')}"
    ),
    "keras 3": lambda layer, variable: f"layers/{layer}/vars/{int(variable == 'bias')}",
}
"""How the variables of a layer are named."""

_AXES = {"kernel": "_HWIO", "weights": "_OINK"}


def named(arrays: Arrays, name: Callable[[str, str], str]) -> Arrays:
    """Arrays under other names."""
    return {name(*key.split(".")): array for key, array in arrays.items()}


def saved(directory: Path, arrays: Arrays) -> Path:
    """Arrays in an `.npz`; names of members have no slashes there, so HDF5 is for those."""
    if any("/" in name for name in arrays):
        return hdf5(directory, arrays)
    np.savez(directory / "model.npz", allow_pickle=False, **arrays)
    return directory / "model.npz"


def hdf5(directory: Path, arrays: Arrays, **texts: str) -> Path:
    """Arrays in an HDF5 file with attributes of the root."""
    h5py = pytest.importorskip("h5py")
    path = directory / "model.h5"
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
        file.attrs.update(texts)
    return path


@pytest.mark.parametrize("naming", NAMES)
def test_outputs_are_those_of_the_source(naming: str, tmp_path: Path) -> None:
    """Given random weights under each naming, when imported, then outputs are the source's."""
    given, pixels = keras(), images(depth=2)
    network = import_file(saved(tmp_path, named(given, NAMES[naming])), choices=SMALL).network
    assert_equal_outputs(network, pixels, keras_forward(given, pixels))


@pytest.mark.parametrize("version", [2, 3])
def test_a_model_of_keras_is_imported_without_options(version: int) -> None:
    """Given a model that Keras saved, then its config states all, and lengths are Keras' own."""
    pytest.importorskip("h5py")
    made = import_file(FILES / f"keras{version}-model.h5")
    assert made.facts[2:5] == (
        Fact("image", "9x12", "stated by the file"),
        Fact("strides", "1,2,1", "stated by the file"),
        Fact("iterations", "2", "stated by the file"),
    )
    assert {fact.origin for fact in made.facts[5:]} == {"matches optimizer_weights/*"}
    assert_lengths(made.network, version)


@pytest.mark.parametrize("version", [2, 3])
def test_weights_alone_need_options(version: int) -> None:
    """Given weights that Keras saved, when the rest is given, then lengths are Keras' own."""
    pytest.importorskip("h5py")
    path = FILES / f"keras{version}-weights.weights.h5"
    choices = Choices(image=IMAGE, strides=KERAS_STRIDES, iterations=2)
    assert_lengths(import_file(path, choices=choices).network, version)
    assert rejection_of(lambda: import_file(path)).reason is Reason.SHAPE_MISMATCH


def assert_lengths(network: Network, version: int) -> None:
    """The lengths are those that Keras computed in 32-bit floats."""
    with np.load(FILES / f"keras{version}.npz", allow_pickle=False) as file:
        pixels, lengths = file["images"], file["lengths"]
    found = predict(network, pixels, REAL)["length"]
    np.testing.assert_allclose(found, lengths, rtol=2e-6, atol=0)


def test_both_versions_of_keras_write_the_same_network() -> None:
    """Given the files of both, when imported, then the tensors are equal bit for bit."""
    pytest.importorskip("h5py")
    first, second = (
        import_file(FILES / f"keras{version}-model.h5").network.tensors for version in (2, 3)
    )
    assert {name: array.tolist() for name, array in first.items()} == {
        name: array.tolist() for name, array in second.items()
    }


def test_a_choice_against_the_file_is_told() -> None:
    """Given a model with its config, when another choice is made, then the report says so."""
    pytest.importorskip("h5py")
    made = import_file(FILES / "keras2-model.h5", choices=Choices(iterations=3))
    assert Fact("iterations", "3", "given; the file states 2") in made.facts


def published(name: str, directory: Path, **choices: Any) -> Imported:
    """The published float weights, imported, saved and read back."""
    made = import_file(real_file(f"q7/{name}_float_weights.npz"), choices=Choices(**choices))
    save_network(made.network, directory / "network.npz")
    assert load_network(directory / "network.npz").expected == made.network.expected
    return made


def unnamed(path: Path) -> Arrays:
    """Published arrays by the names that the reference uses."""
    with np.load(path, allow_pickle=False) as file:
        return {name.split("_HWIO")[0].split("_OINK")[0]: file[name] for name in file.files}


def test_the_published_mnist_network(tmp_path: Path) -> None:
    """Given the published weights, then lengths of test images are the recorded ones.

    The tensors are those of `q7_network`, with which tests/quantize/test_real_data.py classifies
    all 10,000 images: 99.01 %, as recorded.
    """
    network = published("mnist", tmp_path).network
    known = q7_network()
    assert (network.name, network.steps) == (known.name, known.steps)
    assert {name: array.tolist() for name, array in network.tensors.items()} == {
        name: array.tolist() for name, array in known.tensors.items()
    }
    pixels, labels = mnist_test()
    with np.load(real_file("q7/mnist_float_lengths10000.npz"), allow_pickle=False) as file:
        recorded, classes = file["lengths"], file["pred"]
    assert int((classes == labels).sum()) == 9901
    found = predict(network, pixels[:1000], REAL)
    np.testing.assert_allclose(found["length"], recorded[:1000], rtol=0, atol=2e-6)
    assert found["class"].tolist() == classes[:1000].tolist()
    given = unnamed(real_file("q7/mnist_float_weights.npz"))
    expected = keras_forward(given, pixels[:20], strides=(1, 2))
    assert_equal_outputs(network, pixels[:20], expected)


def test_the_published_cifar_network(tmp_path: Path) -> None:
    """Given the published weights and strides, then lengths are the recorded: 78.76 %."""
    network = published("cifar", tmp_path, strides=(1, 1, 2, 2, 2)).network
    with np.load(real_file("q7/cifar_orig_first_n.npz"), allow_pickle=False) as file:
        pixels, labels, recorded = file["x_uint8"], file["labels"], file["lengths_float"]
    found = predict(network, pixels, REAL)
    np.testing.assert_allclose(found["length"], recorded, rtol=0, atol=2e-6)
    assert round(100 * float((found["class"] == labels).mean()), 2) == 78.76
    given = unnamed(real_file("q7/cifar_float_weights.npz"))
    expected = keras_forward(given, pixels[:20], strides=(1, 1, 2, 2, 2))
    assert_equal_outputs(network, pixels[:20], expected)


def test_the_published_smallnorb_shapes(tmp_path: Path) -> None:
    """Given weights of the published shapes for smallNORB, then defaults suffice."""
    shapes = {
        "conv2d.kernel": (7, 7, 2, 32),
        "conv2d.bias": (32,),
        "primary_capsule.kernel": (7, 7, 32, 64),
        "primary_capsule.bias": (64,),
        "capsule.weights": (5, 1600, 6, 4),
    }
    given = {name: array / 4 for name, array in random_arrays(shapes).items()}
    network = import_file(saved(tmp_path, given)).network
    pixels = images(depth=2, count=2, image=(32, 32))
    assert_equal_outputs(network, pixels, keras_forward(given, pixels, strides=(1, 2)))


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        (
            {"capsule.weights": np.zeros((4, 16, 5), np.float32)},
            Reason.SHAPE_MISMATCH,
            (
                "tensor 'capsule.weights' needs shape (classes, capsules, dim_out, dim), "
                "found (4, 16, 5)"
            ),
        ),
        (
            {"primary_capsule.kernel": np.zeros((2, 2, 3, 7), np.float32)},
            Reason.SHAPE_MISMATCH,
            (
                "tensor 'primary_capsule.kernel' needs shape (primary_rows, primary_columns, 3, "
                "types*3), found (2, 2, 3, 7)"
            ),
        ),
        (
            {"conv2d_1.kernel": np.zeros((2, 3, 5, 3), np.float32)},
            Reason.SHAPE_MISMATCH,
            (
                "tensor 'conv2d_1.kernel' needs shape (conv2_rows, conv2_columns, 4, conv2_out), "
                "found (2, 3, 5, 3)"
            ),
        ),
        (
            {"capsule_1.weights": np.zeros(3)},
            Reason.TENSOR_UNUSED,
            (
                "tensor 'capsule_1.weights' (3,) is unknown to the layout q7-keras; ignore it by "
                "name if it may be left out"
            ),
        ),
        (
            {"conv2d.bias": None},
            Reason.TENSOR_MISSING,
            "tensor 'conv2d.bias' (4,) is missing",
        ),
    ],
)
def test_refuses_tensors(
    changes: dict[str, Any], reason: Reason, message: str, tmp_path: Path
) -> None:
    """Given a tensor missing, extra or misshapen, when imported, then one line tells."""
    arrays = {n: a for n, a in (keras() | changes).items() if a is not None}
    path = saved(tmp_path, arrays)
    assert rejection_of(lambda: import_file(path, choices=SMALL)) == Rejected(
        reason, f"{path}: {message}"
    )


def config(edit: Callable[[dict[str, dict[str, Any]]], Any] | None = None) -> str:
    """A config as Keras 2 writes it, its layers changed."""
    layers = {
        "input_1": ("InputLayer", {"batch_input_shape": [None, *IMAGE, 2]}),
        "conv2d": ("Conv2D", {"strides": [1, 1], "padding": "valid", "activation": "relu"}),
        "conv2d_1": ("Conv2D", {"strides": 2, "padding": "valid", "activation": "linear"}),
        "activation": ("Activation", {"activation": "relu"}),
        "primary_capsule": ("PrimaryCapsule", {"strides": 1, "padding": "valid"}),
        "capsule": ("Capsule", {"routings": 3}),
        "length": ("Length", {}),
    }
    listed = {
        name: {"class_name": kind, "config": {"name": name} | options}
        for name, (kind, options) in layers.items()
    }
    if edit:
        edit(listed)
    return json.dumps({"class_name": "Functional", "config": {"layers": list(listed.values())}})


def test_a_config_states_what_shapes_leave_open(tmp_path: Path) -> None:
    """Given a file with a config, when imported, then no option is needed."""
    given, pixels = keras(), images(depth=2)
    path = hdf5(tmp_path, named(given, NAMES["keras 2"]), model_config=config())
    assert_equal_outputs(import_file(path).network, pixels, keras_forward(given, pixels))


def test_an_image_of_any_size_is_not_stated(tmp_path: Path) -> None:
    """Given a config whose image has no extents, when imported, then it must be given."""
    text = config(
        lambda layers: layers["input_1"]["config"].update(batch_input_shape=[None, None, None, 2])
    )
    path = hdf5(tmp_path, named(keras(), NAMES["keras 2"]), model_config=text)
    made = import_file(path, choices=Choices(image=IMAGE))
    assert Fact("image", "9x12", "given") in made.facts


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda layers: layers["conv2d"]["config"].update(padding="same"),
            "layer 'conv2d': padding must be 'valid' in this layout, found 'same'",
        ),
        (
            lambda layers: layers["primary_capsule"]["config"].update(dilation_rate=[2, 2]),
            "layer 'primary_capsule': dilation_rate must be [1, 1] in this layout, found [2, 2]",
        ),
        (
            lambda layers: layers["conv2d"]["config"].update(strides=[1, 2]),
            "layer 'conv2d': strides must be [1, 1] in this layout, found [1, 2]",
        ),
        (
            lambda layers: layers["conv2d"]["config"].update(activation="tanh"),
            "layer 'conv2d': activation must be 'relu' in this layout, found 'tanh'",
        ),
        (
            lambda layers: layers["activation"]["config"].update(activation="elu"),
            "layer 'activation': activation must be 'relu' in this layout, found 'elu'",
        ),
        (
            lambda layers: layers.pop("activation"),
            "layer 'conv2d_1': activation must be 'relu' in this layout, found 'linear'",
        ),
        (
            lambda layers: layers["activation"].update(class_name="MaxPooling2D"),
            "layer 'activation': the layout has no layers of class MaxPooling2D",
        ),
        (
            lambda layers: layers["conv2d"]["config"].update(strides=[0, 0]),
            "layer 'conv2d': strides must be a number from 1 to 4096, found 0",
        ),
        (
            lambda layers: layers["capsule"]["config"].update(routings=10**9),
            "layer 'capsule': routings must be a number from 1 to 4096, found 1000000000",
        ),
        (
            lambda layers: layers["input_1"]["config"].update(batch_input_shape=[None, 9, "x", 1]),
            "layer 'input_1': the image must be a number from 1 to 4096, found 'x'",
        ),
        (
            lambda layers: layers["conv2d"]["config"].update(name="conv2d_5"),
            (
                "model_config has the convolutions 'conv2d_5', 'conv2d_1', 'primary_capsule', the "
                "tensors are of 'conv2d', 'conv2d_1', 'primary_capsule'"
            ),
        ),
        (
            lambda layers: layers["capsule"]["config"].pop("routings"),
            "model_config does not describe this layout (KeyError: 'routings')",
        ),
        (
            lambda layers: layers["capsule"].pop("class_name"),
            "model_config does not describe this layout (KeyError: 'class_name')",
        ),
    ],
)
def test_refuses_other_layers(edit: Callable[[Any], Any], message: str, tmp_path: Path) -> None:
    """Given a config with a layer that computes something else, then one line names it."""
    path = hdf5(tmp_path, named(keras(), NAMES["keras 2"]), model_config=config(edit))
    assert rejection_of(lambda: import_file(path)) == Rejected(
        Reason.FILE_FOREIGN, f"{path}: {message}"
    )


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 50_000, '{"config": {"layers": [7]}}'])
def test_refuses_what_is_no_config(text: str, tmp_path: Path) -> None:
    """Given a text that is no config, when imported, then it is refused in one line."""
    path = hdf5(tmp_path, named(keras(), NAMES["keras 2"]), model_config=text)
    refused = rejection_of(lambda: import_file(path))
    assert refused.reason is Reason.FILE_FOREIGN
    assert refused.message.startswith(f"{path}: model_config does not describe this layout (")
    assert "\n" not in refused.message
