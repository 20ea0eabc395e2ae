"""Write the Keras files that tests/importers reads, with what Keras itself computes from them.

Usage: python tools/keras_files.py DIRECTORY

Needs Keras 2 with TensorFlow or Keras 3 with any backend. Layers have the names, classes and
options of the models of Q7-CapsNets; the network is small and its weights are random. Written are
`kerasN-model.h5`, a whole model with its config and its optimizer, `kerasN-weights.weights.h5`,
the weights alone, and `kerasN.npz`, images and the lengths that Keras gives for them.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

keras: Any = importlib.import_module("keras")
VERSION = int(keras.__version__.partition(".")[0])
ops: Any = keras.ops if VERSION > 2 else importlib.import_module("tensorflow")
SEED, IMAGE = 0, (9, 12, 2)


def squash(vectors: Any) -> Any:
    """Along the last axis."""
    norm = ops.sqrt(ops.einsum("...d,...d->...", vectors, vectors)[..., None])
    return vectors * norm / (1.0 + norm * norm)


class PrimaryCapsule(keras.layers.Layer):
    """Convolution, capsules, squash."""

    def __init__(self, num_capsule: int, dim_capsule: int, **options: Any) -> None:
        window = {name: options.pop(name) for name in ("kernel_size", "strides", "padding")}
        super().__init__(**options)
        self.said = {"num_capsule": num_capsule, "dim_capsule": dim_capsule} | window
        channels = num_capsule * dim_capsule
        self.conv2D = keras.layers.Conv2D(channels, name="primarycap_conv2d", **window)
        self.reshape = keras.layers.Reshape([-1, dim_capsule], name="primarycap_reshape")

    def call(self, maps: Any) -> Any:
        """Capsules in the order (row, column, type)."""
        return squash(self.reshape(self.conv2D(maps)))

    def get_config(self) -> dict[str, Any]:
        """With the options."""
        return super().get_config() | self.said


class Capsule(keras.layers.Layer):
    """Votes and routing."""

    def __init__(self, num_capsule: int, dim_capsule: int, routings: int, **options: Any) -> None:
        super().__init__(**options)
        self.said = {"num_capsule": num_capsule, "dim_capsule": dim_capsule, "routings": routings}

    def build(self, shape: Any) -> None:
        """Weights of every pair of capsules."""
        said = self.said
        axes = [said["num_capsule"], shape[1], said["dim_capsule"], shape[2]]
        self.w = self.add_weight(shape=axes, initializer="glorot_uniform", name="weights")
        self.built = True

    def call(self, capsules: Any) -> Any:
        """Class capsules after the last iteration."""
        votes = ops.einsum("jidk,nik->njid", self.w, capsules)
        logits = ops.einsum("njid->nji", votes) * 0.0
        for _ in range(self.said["routings"]):
            softmax = ops.softmax if VERSION > 2 else ops.nn.softmax
            coupling = softmax(logits, axis=1)
            made = squash(ops.einsum("nji,njid->njd", coupling, votes))
            logits = logits + ops.einsum("njid,njd->nji", votes, made)
        return made

    def get_config(self) -> dict[str, Any]:
        """With the options."""
        return super().get_config() | self.said


class Length(keras.layers.Layer):
    """Of class capsules."""

    def call(self, capsules: Any) -> Any:
        """One number a class."""
        return ops.sqrt(ops.einsum("njd,njd->nj", capsules, capsules))


def main(directory: Path) -> None:
    """Build, give random weights, write."""
    layers = keras.layers
    x = layers.Input(IMAGE)
    made = layers.Activation("relu")(layers.Conv2D(4, (3, 2), strides=1, name="conv2d")(x))
    made = layers.Conv2D(3, (2, 3), strides=2, name="conv2d_1")(made)
    made = layers.Activation("relu")(made)
    primary = PrimaryCapsule(
        2, 3, kernel_size=2, strides=1, padding="valid", name="primary_capsule"
    )
    made = Capsule(4, 5, 2, name="capsule")(primary(made))
    model = keras.Model(x, Length()(made))
    random = np.random.default_rng(SEED)
    weights = [random.normal(0.0, 0.4, w.shape).astype(np.float32) for w in model.get_weights()]
    model.compile(optimizer="sgd", loss="mse")
    images = random.integers(0, 256, (4, *IMAGE), np.uint8)
    model.train_on_batch((images / 255).astype(np.float32), np.zeros((4, 4), np.float32))
    model.set_weights(weights)
    lengths = model.predict((images / 255).astype(np.float32), verbose=0)
    model.save(directory / f"keras{VERSION}-model.h5")
    model.save_weights(directory / f"keras{VERSION}-weights.weights.h5")
    np.savez(directory / f"keras{VERSION}.npz", allow_pickle=False, images=images, lengths=lengths)
    print(f"Keras {keras.__version__}: lengths from {lengths.min()} to {lengths.max()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
