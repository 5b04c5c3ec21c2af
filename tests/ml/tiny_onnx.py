"""A small real stand-in for the speech embedding: two ONNX files with its shapes, written byte by byte.

The format is protocol buffers: a message is a row of fields, each its number and kind, then a whole number or a length
and bytes. The numbers are those of onnx.proto.
"""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from ml import speech_files
from ml.speech_files import BANDS, DIMENSIONS, EMBEDDING, MEL, WINDOW

FRAME, HOP = 512, 160  # samples at 16 kHz
FLOAT, INT64 = 1, 7  # TensorProto.DataType
OPSET, IR_VERSION = 13, 8


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the two files where the extra's are looked for, and take their hashes for the right ones."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {MEL: _mel(), EMBEDDING: _embedding()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    monkeypatch.setattr(speech_files, "folder", lambda: folder)
    monkeypatch.setattr(
        speech_files, "HASHES", {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    )


def _mel() -> bytes:
    """(1, T) to (1, 1, T', 32): how much of 32 frequencies is in each frame, in dB."""
    time, centres = np.arange(FRAME), np.linspace(100, 6000, BANDS)
    waves = np.cos(2 * np.pi * centres[:, None] * time / 16_000) * np.hanning(FRAME)
    nodes = [
        _node("Unsqueeze", ["input", "one"], "lined"),
        _node("Conv", ["lined", "waves"], "filtered", strides=[HOP]),
        _node("Abs", ["filtered"], "positive"),
        _node("Add", ["positive", "least"], "above"),
        _node("Log", ["above"], "nepers"),
        _node("Mul", ["nepers", "decibels"], "levels"),
        _node("Transpose", ["levels"], "turned", perm=[0, 2, 1]),
        _node("Unsqueeze", ["turned", "one"], "output"),
    ]
    tensors = [
        _tensor("one", np.array([1])), _tensor("waves", waves[:, None].astype(np.float32)),
        _tensor("least", np.array([1.0], np.float32)), _tensor("decibels", np.array([20 / np.log(10)], np.float32)),
    ]  # fmt: skip
    return _model(nodes, tensors, ("input", 2), ("output", 4))


def _embedding() -> bytes:
    """(B, 76, 32, 1) to (B, 1, 1, 96): sums with random weights."""
    weights = np.random.default_rng(0).normal(0, 0.01, (WINDOW * BANDS, DIMENSIONS)).astype(np.float32)
    nodes = [
        _node("Reshape", ["input_1", "flat"], "row"),
        _node("MatMul", ["row", "weights"], "said"),
        _node("Reshape", ["said", "shape"], "output"),
    ]
    tensors = [
        _tensor("flat", np.array([-1, WINDOW * BANDS])), _tensor("weights", weights),
        _tensor("shape", np.array([-1, 1, 1, DIMENSIONS])),
    ]  # fmt: skip
    return _model(nodes, tensors, ("input_1", 4), ("output", 4))


def _model(nodes: list[bytes], tensors: list[bytes], given: tuple[str, int], made: tuple[str, int]) -> bytes:
    graph = b"".join(_text(1, node) for node in nodes) + _text(2, b"tiny")
    graph += b"".join(_text(5, tensor) for tensor in tensors) + _text(11, _value(*given)) + _text(12, _value(*made))
    return _whole(1, IR_VERSION) + _text(7, graph) + _text(8, _text(1, b"") + _whole(2, OPSET))


def _node(kind: str, given: list[str], made: str, **lists: list[int]) -> bytes:
    names = b"".join(_text(1, name.encode()) for name in given) + _text(2, made.encode())
    attributes = b"".join(
        _text(5, _text(1, name.encode()) + b"".join(_whole(8, each) for each in values) + _whole(20, INT64))
        for name, values in lists.items()
    )  # fmt: skip
    return names + _text(4, kind.encode()) + attributes


def _tensor(name: str, values: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> bytes:
    kind = FLOAT if values.dtype == np.float32 else INT64
    shape = b"".join(_whole(1, size) for size in values.shape)
    return shape + _whole(2, kind) + _text(8, name.encode()) + _text(9, values.tobytes())


def _value(name: str, axes: int) -> bytes:
    """A float tensor whose sizes are all open."""
    shape = b"".join(_text(1, _text(2, f"{name}{axis}".encode())) for axis in range(axes))
    return _text(1, name.encode()) + _text(2, _text(1, _whole(1, FLOAT) + _text(2, shape)))


def _whole(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number as its complement in 64 bits."""
    value %= 1 << 64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
