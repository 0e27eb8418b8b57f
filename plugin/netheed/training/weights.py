"""The weights of a model directory, to go on training from: arrays and plain text, no pickle."""

import zlib
from dataclasses import asdict
from io import BytesIO
from typing import Final
from zipfile import BadZipFile

import msgspec
import numpy as np
import torch

from netheed.errors import ModelError
from netheed.training.model import Detector, Exported, Sizes, Tail

WEIGHTS: Final = "weights.npz"
_SAID: Final = "said"
DERIVED: Final = "unseen"
"""A buffer that follows from the sizes."""


class _Said(msgspec.Struct, frozen=True):
    sizes: Sizes
    surprise: Tail
    rebuilding: Tail
    published: float
    usual: float


def packed(model: Exported) -> bytes:
    """All weights in single precision, the sizes and the tails, as one .npz."""
    state = model.detector.state_dict()
    arrays = {name: value.numpy() for name, value in state.items() if name != DERIVED}
    said = {
        "sizes": asdict(model.detector.sizes),
        "surprise": asdict(model.surprise),
        "rebuilding": asdict(model.rebuilding),
        "published": model.published,
        "usual": model.usual,
    }
    buffer = BytesIO()
    text = np.frombuffer(msgspec.json.encode(said), dtype=np.uint8)
    np.savez_compressed(buffer, allow_pickle=False, **arrays, **{_SAID: text})
    return buffer.getvalue()


def unpacked(data: bytes, where: str) -> Exported:
    """The inverse of `packed`. Raises ModelError with `where` for anything else."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        said = msgspec.json.decode(arrays.pop(_SAID).tobytes(), type=_Said)
        detector = Detector(said.sizes)
        state = {name: torch.from_numpy(value) for name, value in arrays.items()}
        detector.load_state_dict({**state, DERIVED: detector.unseen})
    except (BadZipFile, EOFError, KeyError, ValueError, RuntimeError, OSError, zlib.error) as error:
        raise ModelError(f"{where}: not the weights of a detector: {error}") from None
    return Exported(
        detector,
        surprise=said.surprise,
        rebuilding=said.rebuilding,
        published=said.published,
        usual=said.usual,
    ).eval()
