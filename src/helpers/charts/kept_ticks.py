"""Ticks, kept while axes are measured or painted: matplotlib works them out anew for each edge, label and title.

Between one measuring of axes and the next nothing moves them but their aspect, so that a chart looks the same to the
pixel. A matplotlib that measures in another way is left alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis

_TICKS, _MOVED, _AT_WORK = "_update_ticks", "apply_aspect", ("get_tightbbox", "draw")
_Method = Callable[..., Any]


@contextmanager
def ticks_kept() -> Iterator[None]:
    """Let axes work their ticks out once for every time they are measured or painted, for a block."""
    methods = [(Axis, _TICKS), *((Axes, name) for name in (_MOVED, *_AT_WORK))]
    usual: list[tuple[type, str, Any]] = [(owner, name, getattr(owner, name, None)) for owner, name in methods]
    if None in [method for _, _, method in usual] or hasattr(usual[0][2], "__wrapped__"):
        yield  # another matplotlib, or an outer block keeps them already
        return
    ticks = _Ticks()
    for owner, name, method in usual:
        setattr(owner, name, ticks.replacing(name, method))
    try:
        yield
    finally:
        for owner, name, method in usual:
            _restore(owner, name, method)


def _restore(owner: type, name: str, method: _Method) -> None:
    """Put a method back where it was: into a class, or into one that it inherits from."""
    delattr(owner, name)
    if getattr(owner, name, None) is not method:
        setattr(owner, name, method)


class _Ticks:
    """Ticks by axis, as long as their axes are at work."""

    def __init__(self) -> None:
        self._at_work, self._known = 0, dict[Axis, list[Any]]()

    def replacing(self, name: str, usual: _Method) -> _Method:
        """Return what takes the place of a method."""
        if name == _TICKS:
            return self._of(usual)
        return self._moved(usual) if name == _MOVED else self._working(usual)

    def _of(self, usual: _Method) -> _Method:
        @wraps(usual)
        def ticks(axis: Axis) -> list[Any]:
            if not self._at_work:
                found: list[Any] = usual(axis)
                return found
            if axis not in self._known:
                self._known[axis] = usual(axis)
            return self._known[axis]

        return ticks

    def _moved(self, usual: _Method) -> _Method:
        @wraps(usual)
        def moved(axes: Axes, *arguments: Any, **settings: Any) -> Any:
            try:
                return usual(axes, *arguments, **settings)
            finally:
                self._known.clear()

        return moved

    def _working(self, usual: _Method) -> _Method:
        @wraps(usual)
        def working(axes: Axes, *arguments: Any, **settings: Any) -> Any:
            self._at_work += 1
            try:
                return usual(axes, *arguments, **settings)
            finally:
                self._at_work -= 1
                self._known.clear()

        return working
