"""Pictures that tests upload."""

import io

from PIL import Image


def png(shade: int) -> bytes:
    """A small one, unlike those of other shades."""
    file = io.BytesIO()
    Image.new("L", (8, 8), shade).save(file, "PNG")
    return file.getvalue()
