"""The Python half of torchaudio beside any torch.

The torchaudio wheel links CUDA in its compiled half, so that beside a CPU build of torch its import fails on a missing
library. All that we use of it is written in Python; here the compiled half is replaced by an empty module, and only
where it does not load. Where torchaudio works by itself nothing is touched.
"""

import functools
import importlib
import sys
from types import ModuleType
from typing import Any

_NAME = "torchaudio"


@functools.cache
def load_torchaudio() -> Any:
    """The torchaudio module, whole where it loads, else without its compiled half; ImportError where not installed."""
    try:
        return importlib.import_module(_NAME)
    except OSError:
        _forget_half_imported()
    stub = _stub()
    sys.modules[stub.__name__] = stub
    return importlib.import_module(_NAME)


def _forget_half_imported() -> None:
    """Drop what the failed import left behind, or the second import would find broken modules."""
    for name in [name for name in sys.modules if name == _NAME or name.startswith(f"{_NAME}.")]:
        del sys.modules[name]


def _stub() -> ModuleType:
    """What torchaudio asks of its compiled half: that it is not there."""
    stub = ModuleType(f"{_NAME}._extension")
    vars(stub).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        _check_cuda_version=lambda: None,
        fail_if_no_align=lambda function: function,
    )
    return stub
