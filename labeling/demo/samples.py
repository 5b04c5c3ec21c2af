"""Files with their truth, which stays with the demo: the server is given names that say nothing."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

NAME_DIGITS = 20  # of the SHA-256, in hexadecimal: no two files of a demo share them


@dataclass(frozen=True)
class Sample:
    """One file's bytes, its suffix (".png") and the class that it truly shows."""

    data: bytes
    suffix: str
    truth: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def name(self) -> str:
        """A file name made of the content's hash: blind to the truth."""
        return self.sha256[:NAME_DIGITS] + self.suffix


def truth_by_name(samples: Sequence[Sample]) -> dict[str, str]:
    """What the demo alone knows: the true class by file name."""
    return {sample.name: sample.truth for sample in samples}


def packed(samples: Sequence[Sample]) -> bytes:
    """A zip of the files, in the order of their names, which is unrelated to their classes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for sample in sorted(samples, key=lambda sample: sample.name):
            archive.writestr(sample.name, sample.data)
    return buffer.getvalue()


def halves(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """The samples of the first and of the second round: two halves by hash, each a fair mixture."""
    ordered = sorted(samples, key=lambda sample: hashlib.sha256(b"round" + sample.sha256.encode()).digest())
    middle = len(ordered) // 2
    return ordered[:middle], ordered[middle:]
