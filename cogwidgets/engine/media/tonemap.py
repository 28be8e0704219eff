"""HDR to what ordinary screens show, as a table of colours.

PQ and HLG are those of ITU-R BT.2100. Highlights are compressed by the curve of ITU-R BT.2390, 5.4,
from 1000 cd/m² to the reference white of ITU-R BT.2408, 203 cd/m², which becomes the white of
BT.709; colours go from BT.2020's primaries to BT.709's, and what lies outside is clipped.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

__all__ = ["HDR", "TONE", "tone_filters", "tone_table"]

HDR = {16: "PQ", 18: "HLG"}  # transfer functions as ITU-T H.273, table 3, numbers them
TONE = "tone"  # among filters, stands for the table of the transfer function that it equals
_PEAK, _WHITE = 1000.0, 203.0  # cd/m²
_LEVEL = 6  # the table has 36 steps of each colour, in a picture of 216 x 216
_LUMA_2020 = (0.2627, 0.6780, 0.0593)
# ITU-R BT.2087, annex 2.
_TO_709 = (
    (1.6605, -0.5876, -0.0728),
    (-0.1246, 1.1329, -0.0083),
    (-0.0182, -0.1006, 1.1187),
)
_M1, _M2 = 0.1593017578125, 78.84375
_C1, _C2, _C3 = 0.8359375, 18.8515625, 18.6875
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073


def _from_pq(signal: Values) -> Values:
    """Return cd/m² of a PQ signal from 0 to 1 (BT.2100, table 4)."""
    import numpy as np

    power = np.power(signal, 1 / _M2)
    light: Values = np.power(np.maximum(power - _C1, 0) / (_C2 - _C3 * power), 1 / _M1)
    return light * 10_000


def _to_pq(light: Values) -> Values:
    """Return the PQ signal of cd/m²."""
    import numpy as np

    power = np.power(np.maximum(light, 0) / 10_000, _M1)
    signal: Values = np.power((_C1 + _C2 * power) / (1 + _C3 * power), _M2)
    return signal


def _from_hlg(signal: Values) -> Values:
    """Return cd/m² of an HLG signal on a screen of 1000 (BT.2100, table 5)."""
    import numpy as np

    low, high = np.square(signal) / 3, (np.exp((signal - _C) / _A) + _B) / 12
    scene = np.where(signal <= 0.5, low, high)  # noqa: PLR2004  where the two meet
    luma = scene @ np.array(_LUMA_2020)
    shown: Values = _PEAK * scene * np.power(luma, 0.2)[..., None]
    return shown


def _compressed(light: Values) -> Values:
    """Bring cd/m² up to 1000 below 203 (BT.2390, 5.4): unchanged up to a knee at about 90."""
    import numpy as np

    peak = float(_to_pq(np.array(_PEAK)))
    most = float(_to_pq(np.array(_WHITE))) / peak
    knee = 1.5 * most - 0.5
    signal = np.minimum(_to_pq(light) / peak, 1)
    t = np.clip((signal - knee) / (1 - knee), 0, 1)
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * most
    )
    return _from_pq(np.where(signal < knee, signal, curve) * peak)


def toned(signal: Values, transfer: int) -> Values:
    """Return R'G'B' of BT.709, (..., 3) from 0 to 1, of such values of BT.2020 in PQ or HLG."""
    import numpy as np

    light = (_from_hlg if HDR[transfer] == "HLG" else _from_pq)(signal)
    # One gain for all three keeps the hue, and that of the strongest keeps it below white.
    strongest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    light = light * (_compressed(strongest) / strongest) / _WHITE
    linear = np.clip(light @ np.array(_TO_709).T, 0, 1)
    shown: Values = np.power(linear, 1 / 2.4)  # the screen of ITU-R BT.1886
    return shown


@functools.cache
def tone_table(transfer: int) -> VideoFrame:
    """Return the table of a transfer function for FFmpeg's filter haldclut: red changes fastest."""
    import numpy as np
    from av.video.frame import VideoFrame

    steps = np.linspace(0, 1, _LEVEL**2)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    side = _LEVEL**3
    colours = toned(np.stack([red, green, blue], axis=-1), transfer).reshape(side, side, 3)
    return VideoFrame.from_ndarray(np.rint(colours * 65_535).astype(np.uint16), format="gbrp16le")


def tone_filters(transfer: int, scale: str) -> list[str]:
    """Return the filters that bring pictures in HDR to R'G'B' of BT.709, through a first `scale`.

    >>> tone_filters(16, "scale=640:360")
    ['scale=640:360:in_color_matrix=bt2020', 'format=gbrp16le', 'tone=16']
    """
    return [f"{scale}:in_color_matrix=bt2020", "format=gbrp16le", f"{TONE}={transfer}"]
