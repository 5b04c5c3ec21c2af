"""Names under which features are cached. Whoever only reads the cache need not load what computes it."""

PICTURE_SIZE = 112  # px; 160 is better and three times slower
CEPSTRA = 16  # coefficients, the first (the level) among them (Davis and Mermelstein 1980)
FRAMES = 40  # a second of window, after the sound itself was stretched to fill it; cepstra take every second one


def backbone_version(size: int = PICTURE_SIZE) -> str:
    """The name of picture features at a size in pixels; it changes whenever they do."""
    return f"efficientnet-lite0-stages@{size}"


BACKBONE = backbone_version()
STAGES_SIZE = 160  # px
STAGES = f"efficientnet-lite2+lite0-stages@{STAGES_SIZE}"  # five times the time, and clearly better
PICTURES = (BACKBONE, STAGES)
SOUND_STATISTICS = f"smooth-cepstra-2@{CEPSTRA}x{FRAMES // 2}"
# A pretrained speech embedding, brought by an optional extra: its licence forbids commercial use (ml.speech_files).
SPEECH = "speech-embedding@openwakeword-0.4.0"
SOUNDS = (SOUND_STATISTICS, SPEECH)


def seen_size(feature_version: str) -> int:
    """The side, px, at which the pictures enter that these features are of."""
    return STAGES_SIZE if feature_version == STAGES else PICTURE_SIZE
