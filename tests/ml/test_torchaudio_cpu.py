"""torchaudio's Python half works beside a CPU torch, and a whole torchaudio is left alone."""

import subprocess
import sys

import torch

from ml.torchaudio_cpu import load_torchaudio


def test_mel_and_resample_work() -> None:
    torchaudio = load_torchaudio()
    wave = torch.sin(2 * torch.pi * 1000 * torch.arange(8000) / 8000)
    doubled = torchaudio.functional.resample(wave, 8000, 16_000)
    assert doubled.shape == (16_000,)
    spectrum = torch.fft.rfft(doubled).abs()
    assert abs(int(spectrum.argmax()) - 1000) <= 1
    mel = torchaudio.transforms.MelSpectrogram(16_000, n_fft=512, n_mels=40)(doubled)
    assert mel.shape[0] == 40


def test_it_is_loaded_once() -> None:
    assert load_torchaudio() is load_torchaudio() is sys.modules["torchaudio"]


WHOLE = """
import sys, types
whole = types.ModuleType("torchaudio")
whole.__path__ = []
sys.modules["torchaudio"] = whole
from ml.torchaudio_cpu import load_torchaudio
assert load_torchaudio() is whole
assert "torchaudio._extension" not in sys.modules
"""


def test_where_torchaudio_works_nothing_is_replaced() -> None:
    subprocess.run([sys.executable, "-c", WHOLE], check=True)
