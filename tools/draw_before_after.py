"""Draw the README's picture: the sample's spectrogram before and after, from a real cleaning."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import av
import matplotlib.pyplot as plt
import numpy as np

import cogwidgets as cog
from cogwidgets.sample import VLOG

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGET = Path(__file__).parents[1] / "docs" / "images" / "before-after.png"
INK = "#8a94a6"  # reads on white and on black


def sound(path: Path) -> tuple[NDArray[np.float32], int]:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)]
        return np.concatenate(frames), container.streams.audio[0].rate


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clean = cog.clean(VLOG, Path(folder) / "clean.mp4").path
        pictures = {"before": sound(VLOG), "after": sound(clean)}
    plt.rcParams.update(
        {"text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK}
    )
    figure, axes = plt.subplots(1, 2, figsize=(10, 2.7), sharey=True, layout="constrained")
    for axis, (name, (samples, rate)) in zip(axes, pictures.items(), strict=True):
        # A whisper of noise: exact silence has no logarithm.
        noise = 1e-7 * np.random.default_rng(0).standard_normal(len(samples))
        axis.specgram(samples + noise, NFFT=2048, Fs=rate, noverlap=1536, vmin=-140, vmax=-40,
                      cmap="magma")  # fmt: skip
        axis.set(ylim=(0, 8000), yticks=[0, 4000, 8000], yticklabels=["0", "4", "8 kHz"])
        axis.set_xticks([0, 10, 20], ["0:00", "0:10", "0:20"])
        axis.set_title(name, loc="left", fontsize=11)
        for spine in axis.spines.values():
            spine.set_visible(False)
    figure.savefig(TARGET, dpi=110, transparent=True)


if __name__ == "__main__":
    sys.exit(main())
