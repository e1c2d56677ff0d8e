"""Whether the outputs of a cell are those stored: everything a report is made from, not the text alone.

nbval compares the texts of outputs and leaves out their metadata and pictures. There the suite keeps its pieces: named
results with their intervals and units, typed tables, captions, texts for those who cannot see a figure. Here these are
compared, numbers within their tolerance and all else to the letter. A figure is compared three ways: the data plotted
(`helpers.suite.notebook.plotted_data`), the stored picture with the fingerprint stored beside it, and both pictures as
seen from afar, where fonts and the smoothing of edges make no difference.
"""

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import zip_longest
from typing import Any

import numpy as np
from PIL import Image

from helpers.core.results import DEFAULT_TOLERANCE
from helpers.suite.report.blocks import KEY
from helpers.suite.running.reference import same_value

PNG = "image/png"
PLOTTED_TOLERANCE = 1e-4  # of a coordinate, a tenth of what can be seen on paper
NEAR_ZERO = 1e-6  # of the range of a mark's coordinates: below it two numbers near zero are the same,
SMALLEST_PLOTTED = 1e-9  # and below this at any range: a sum that is zero but for its last bits
BLOCK = 24  # pixels, an eighth of an inch: of two pictures the mean colours of such squares are compared
MOST_DIFFERENT = (
    100  # of 255: the same figure with other hinting of its text came to 74, another figure to 134 and more
)
OF_THE_MACHINE = {"picture_sha256"}  # two machines need not paint the same bytes
MEASURED = {"value", "low", "high"}  # of a named result: they have its tolerance
COORDINATES = {"limits", "coordinates"}  # numbers written as texts
LONGEST = 60  # characters shown of a value that differs


def output_differences(stored: Sequence[Mapping[str, Any]], fresh: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return in what fresh outputs are not those stored; their texts are nbval's business."""
    kinds = [[output["output_type"] for output in outputs] for outputs in (stored, fresh)]
    if kinds[0] != kinds[1]:
        return [f"outputs: stored {kinds[0]}, now {kinds[1]}"]
    found: list[str] = []
    for place, (one, other) in enumerate(zip(stored, fresh, strict=True)):
        where = f"output {place}"
        found += _differences(one.get("metadata", {}), other.get("metadata", {}), where, DEFAULT_TOLERANCE)
        found += _picture_differences(one, other, where)
    return found


def _differences(stored: object, fresh: object, where: str, tolerance: float) -> Iterator[str]:
    """Go through values as JSON holds them."""
    if isinstance(stored, Mapping) and isinstance(fresh, Mapping):
        yield from _mapping_differences(stored, fresh, where, tolerance)
    elif isinstance(stored, list) and isinstance(fresh, list):
        if len(stored) != len(fresh):
            yield f"{where}: stored {len(stored)} entries, now {len(fresh)}"
            return
        for place, (one, other) in enumerate(zip(stored, fresh, strict=True)):
            yield from _differences(one, other, f"{where} {place}", tolerance)
    elif not same_value(fresh, stored, tolerance):
        yield f"{where}: stored {_short(stored)}, now {_short(fresh)}"


def _mapping_differences(
    stored: Mapping[str, Any], fresh: Mapping[str, Any], where: str, tolerance: float
) -> Iterator[str]:
    """Compare key by key; of two tolerances of a named result the stricter counts."""
    for word, keys in (("no longer", stored.keys() - fresh.keys()), ("not stored", fresh.keys() - stored.keys())):
        yield from (f"{where}: {key} is {word} there" for key in sorted(keys))
    is_result = all({"value", "tolerance"} <= entry.keys() for entry in (stored, fresh))
    own = min(stored["tolerance"], fresh["tolerance"]) if is_result else tolerance
    for key in sorted((stored.keys() & fresh.keys()) - OF_THE_MACHINE):
        place = f"{where}, {key}"
        if key in COORDINATES:
            yield from _coordinate_differences(stored[key], fresh[key], place)
        else:
            yield from _differences(stored[key], fresh[key], place, own if key in MEASURED else tolerance)


def _coordinate_differences(stored: Sequence[str], fresh: Sequence[str], where: str) -> Iterator[str]:
    """Compare the columns of a mark, or the limits of the axes, with the tolerance of the eye."""
    for place, (one, other) in enumerate(zip_longest(stored, fresh, fillvalue="")):
        numbers, others = (np.array(text.split(), dtype=np.float64) for text in (one, other))
        if numbers.shape != others.shape:
            yield f"{where} {place}: stored {len(numbers)} numbers, now {len(others)}"
            continue
        finite = numbers[np.isfinite(numbers)]
        near_zero = max(SMALLEST_PLOTTED, NEAR_ZERO * float(np.ptp(finite)) if len(finite) else 0.0)
        same = np.isclose(others, numbers, rtol=PLOTTED_TOLERANCE, atol=near_zero, equal_nan=True)
        if not same.all():
            first = int(np.argmin(same))
            yield f"{where} {place}, number {first}: stored {numbers[first]:g}, now {others[first]:g}"


def _picture_differences(stored: Mapping[str, Any], fresh: Mapping[str, Any], where: str) -> Iterator[str]:
    pictures = [output["data"][PNG] for output in (stored, fresh) if PNG in output.get("data", {})]
    if len(pictures) == 1:
        yield f"{where}: a picture is there only once, stored or now"
    if len(pictures) < 2:
        return
    before, now = map(base64.b64decode, pictures)
    if sha256(before).hexdigest() != stored["metadata"].get(KEY, {}).get("picture_sha256"):
        yield f"{where}: the stored picture is not the one that was drawn when the notebook was stored"
    if before != now and (apart := picture_difference(before, now)) > MOST_DIFFERENT:
        yield f"{where}: the picture looks different, by {apart:.0f} of 255 where most; at most {MOST_DIFFERENT}"


def picture_difference(one: bytes, other: bytes) -> float:
    """Return how far two pictures differ where they differ most, from 0 to 255, seen from afar.

    Each is reduced to the mean colours of squares; the largest difference of one square in one colour counts. Pictures
    of different sizes differ wholly.
    """
    pictures = [Image.open(io.BytesIO(content)).convert("RGB") for content in (one, other)]
    if pictures[0].size != pictures[1].size:
        return 255.0
    size = [max(1, length // BLOCK) for length in pictures[0].size]
    reduced = [np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=np.float64) for picture in pictures]
    return float(np.abs(reduced[0] - reduced[1]).max())


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
