"""Signal: music discovery through people whose ears you trust.

Tables of plays and trust go in; compatibility, trust scores, feeds and taste vectors come out.
"""

from ._signal import Signal, __version__
from .errors import InvalidError, NotFoundError, RefusedError, SignalError, StoreError

__all__ = [
    "InvalidError",
    "NotFoundError",
    "RefusedError",
    "Signal",
    "SignalError",
    "StoreError",
    "__version__",
]
