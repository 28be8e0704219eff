"""The networks that tell speech from music, as onnxruntime sessions.

``tools/convert_models.py`` made the files in ``models/``; ``LICENSES.md`` there names their origin.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MODELS", "Dtln", "Spleeter", "session"]

MODELS = Path(__file__).parent / "models"
M_ARENA_MAX = -8
"""The option of glibc's mallopt for how many heaps threads may have between them."""


class Spleeter:
    """Spleeter's 2-stems network: which part of each time-frequency cell is voice.

    Source: R. Hennequin et al., "Spleeter: a fast and efficient music source separation tool with
    pre-trained models", Journal of Open Source Software 5 (2020) 2154.
    """

    BINS = 1024
    """The network sees the lowest bins of a 4096-sample transform at 44.1 kHz: up to 11 kHz."""
    FRAMES = 64
    """It halves the time axis six times: the count of frames must be a multiple of this."""

    def __init__(self, threads: int) -> None:
        self._session = session("spleeter", threads)
        # A run's buffers are 80 MB, and while one stretch is here another is elsewhere.
        self._turn = threading.Lock()
        _keep_memory_small()

    def mask(self, magnitude: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the share of the voice, 0 to 1.

        Parameters
        ----------
        magnitude
            Shape (channels, frames, BINS), channels 1 or 2, frames a multiple of FRAMES.

        Returns
        -------
        The same shape.
        """
        channels = len(magnitude)
        stereo = np.broadcast_to(magnitude, (2, *magnitude.shape[1:]))
        with self._turn:
            (mask,) = self._session.run(None, {"magnitude": np.ascontiguousarray(stereo[None])})
        return mask[0, :channels]  # type: ignore[no-any-return]


class Dtln:
    """DTLN, a recurrent network that keeps speech at 16 kHz and drops all else.

    Source: N. Westhausen and B. Meyer, "Dual-signal transformation LSTM network for real-time noise
    suppression", Interspeech 2020.
    """

    RATE = 16_000
    SIZE, HOP = 512, 128

    def __init__(self) -> None:
        self._session = session("dtln", 1)

    def speech(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the speech in each of several sounds, sample-aligned.

        Parameters
        ----------
        sound
            Shape (streams, samples) at RATE. Each stream starts from a fresh state.

        Returns
        -------
        The same shape.
        """
        samples = sound.shape[1]
        # Every sample lies in four frames when the ends are padded by three hops.
        lead = self.SIZE - self.HOP
        tail = lead + -samples % self.HOP
        padded = np.pad(sound, ((0, 0), (lead, tail)))
        (speech,) = self._session.run(None, {"sound": padded[:, None]})
        return speech[:, 0, lead : lead + samples]  # type: ignore[no-any-return]


def session(name: str, threads: int) -> onnxruntime.InferenceSession:
    """Load one of the shipped networks for the given number of threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # A plan for all buffers of a run would keep 20 MB more than the run needs.
    options.enable_mem_pattern = False
    # Threads that spin while they wait would take the core from the transforms beside them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        MODELS / f"{name}.onnx", options, providers=["CPUExecutionProvider"]
    )


def _keep_memory_small() -> None:
    """Give back the 120 MB that loading left behind, and let glibc hoard less from now on."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    # Other C libraries (musl) have no such calls, and no need of them.
    if hasattr(libc, "malloc_trim"):
        libc.mallopt(M_ARENA_MAX, 2)
        libc.malloc_trim(0)
