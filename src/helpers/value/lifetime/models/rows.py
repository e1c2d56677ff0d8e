"""What a transaction model is given: checked as a whole, then reduced to its distinct rows with weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.core.checks import offending
from helpers.core.errors import Fault, InputError, counted, some_of, unknown_name

HISTORY_COLUMNS = ("frequency", "age_at_last_purchase", "age")
LARGEST_EXACT = 2.0**53
FAR_FROM_THE_REST = 1e6


_OF_TIME = (
    "count both from the first purchase; days since the last (RFM recency) are the age less this",
    "merge purchases of the same day",
)
_OF_OCCASIONS = (
    "number the occasions after the first purchase 1, 2, …, and give the number of the last one bought on",
    "leave the first purchase out of the count; give the number of the last occasion bought on, from 1",
)
"""What to do where the last purchase lies beyond the end, and where a repeat purchase lies at the first."""

BLOCK_ROWS = 65_536
"""Rows gone through together: what is worked out on the way stays in the processor's cache, and needs no new memory."""
_EXPECTED_SHARED = 5  # customers to a distinct row, as a first guess: memory for one each is slow to get
_MULTIPLIER = 0x9E3779B97F4A7C15  # odd, its bits spread: 2^64 over the golden ratio


@dataclass(frozen=True)
class Rows:
    """Distinct purchase histories, each with the number of customers who share it.

    Parameters
    ----------
    frequency : ndarray of shape (n,)
        Repeat purchases, `x`.
    last : ndarray of shape (n,)
        Age at the last purchase, `t_x`, in the model's time unit (occasions for BG/BB).
    age : ndarray of shape (n,)
        Age at the end of observation, `T`, in the same unit.
    weight : ndarray of shape (n,)
        Customers who share the row.
    index : ndarray of shape (customers,)
        For every customer, the row that describes it.
    effects : dict of str to ndarray of shape (n, c)
        Covariate values that act on a parameter.
    counts, count_of : ndarray
        Distinct frequencies, and for every row the place of its frequency among them: gamma functions cost far more
        than a look-up.
    """

    frequency: FloatArray
    last: FloatArray
    age: FloatArray
    weight: FloatArray
    index: IntArray
    effects: Mapping[str, FloatArray]
    counts: FloatArray
    count_of: IntArray

    def describes(self, columns: Sequence[FloatArray]) -> bool:
        """Say whether these rows are those of given customers, one after the other and each counted once."""
        if self.effects or len(self.index) != len(columns[0]) or self.weight.sum() != len(self.index):
            return False
        return _same_rows((self.frequency, self.last, self.age), self.index, columns)

    def without_customers(self) -> "Rows":
        """Return the rows without which customer is on which: all that a likelihood knows of them."""
        return replace(self, index=self.index[:0])

    def rescaled(self, unit: float) -> "Rows":
        """Return the same rows with both ages measured in another unit."""
        return replace(self, last=self.last / unit, age=self.age / unit)

    def exploded(self) -> "Rows":
        """Return one row per customer."""
        each = self.index
        effects = {name: values[each] for name, values in self.effects.items()}
        return Rows(
            self.frequency[each],
            self.last[each],
            self.age[each],
            np.ones(len(each)),
            np.arange(len(each)),
            effects,
            self.counts,
            self.count_of[each],
        )

    def thinned(self, customers: int) -> "Rows":
        """Return the rows that about so many evenly spaced customers fall on: a rough likelihood to find the way by."""
        passed = np.concatenate([[0.0], np.cumsum(self.weight)])
        taken = np.diff(np.floor(passed * (customers / passed[-1])))
        keep = np.flatnonzero(taken)
        return Rows(
            self.frequency[keep],
            self.last[keep],
            self.age[keep],
            taken[keep],
            self.index,
            {name: values[keep] for name, values in self.effects.items()},
            self.counts,
            self.count_of[keep],
        )


def numeric_columns(X: pd.DataFrame, names: Sequence[str]) -> list[FloatArray]:
    """Return columns as floating point numbers.

    Raises
    ------
    InputError
        When a column is missing, not numeric, or holds missing or infinite values; all faults at once.
    """
    columns, faults = numbers_with_gaps(X, names)
    if faults:
        raise InputError(faults)
    return columns


def plain_columns(X: object, names: Sequence[str]) -> list[FloatArray]:
    """Return columns of plain numbers as floating point ones, unchecked; nothing where one is missing or another kind.

    Examples
    --------
    >>> plain_columns(pd.DataFrame({"frequency": [2], "age": ["old"]}), ["frequency", "age"])
    []
    """
    if not isinstance(X, pd.DataFrame) or any(name not in X.columns for name in names):
        return []
    columns = [X[name] for name in names]
    if any(column.ndim > 1 or _no_numbers(column, "") for column in columns):
        return []
    return [column.to_numpy(dtype=np.float64, na_value=np.nan) for column in columns]


def numbers_with_gaps(X: pd.DataFrame, names: Sequence[str]) -> tuple[list[FloatArray], list[Fault]]:
    """Return columns as floating point numbers, and the faults of missing or infinite values, for checks to add to.

    Raises
    ------
    InputError
        When a column is missing or not numeric: then nothing can be said of its rows.
    """
    check_table(X, names)
    absent = [name for name in names if name not in X.columns]
    if absent:
        known, wanted = [str(column) for column in X.columns], "the history needs the columns " + ", ".join(names)
        near = [unknown_name(name, known, kind="column") for name in absent]
        raise InputError(
            [Fault(fault.what.replace("unknown", "missing"), allowed=wanted, remedy=fault.remedy) for fault in near]
        )
    found = {name: X[name] for name in names}
    faults = [fault for name, column in found.items() for fault in _no_numbers(column, name)]
    if faults:
        raise InputError(faults)
    columns = [column.to_numpy(dtype=np.float64, na_value=np.nan) for column in found.values()]
    for name, values in zip(names, columns, strict=True):
        if not holds(np.isfinite, values):
            faults += offending(X, ~np.isfinite(values), f"{name} is missing or infinite", allowed="finite numbers")
    return columns, faults


def check_table(X: object, names: Sequence[str] = ()) -> None:
    """Refuse what is not a data frame with customers.

    Raises
    ------
    InputError
        When it is something else, or empty.
    """
    if not isinstance(X, pd.DataFrame):
        columns = f" with the columns {', '.join(names)}" if names else ""
        raise InputError(
            Fault(
                f"expected a data frame, got {type(X).__name__}",
                allowed=f"a data frame{columns}",
                remedy="turn it into a data frame with these columns",
            )
        )
    if len(X) == 0:
        raise InputError(Fault("the history holds no customers", remedy="check the filter or the dates that made it"))


def holds(rule: Callable[..., BoolArray], *columns: FloatArray) -> bool:
    """Say whether a rule holds for every row; rows are gone through in blocks.

    Parameters
    ----------
    rule : callable
        Takes as many arrays as there are columns, and returns whether each row obeys.
    *columns : ndarray of shape (n,)
        What it is about.

    Examples
    --------
    >>> holds(np.isfinite, np.array([1.0, np.nan]))
    False
    """
    blocks = range(0, len(columns[0]), BLOCK_ROWS)
    return all(bool(rule(*(values[at : at + BLOCK_ROWS] for values in columns)).all()) for at in blocks)


def _no_numbers(column: "pd.Series | pd.DataFrame", name: str) -> list[Fault]:
    if isinstance(column, pd.DataFrame):
        return [
            Fault(
                f"column {name!r} is there {column.shape[1]} times", allowed="once", remedy="keep one of these columns"
            )
        ]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        return []
    if pd.api.types.is_bool_dtype(column):
        return [
            Fault(f"column {name!r} holds {column.dtype}", allowed="numbers", remedy="turn True and False into 1 and 0")
        ]
    if not pd.api.types.is_numeric_dtype(column) or column.dtype.kind == "c":
        return [
            Fault(f"column {name!r} holds {column.dtype}", allowed="numbers", remedy="turn the column into numbers")
        ]
    return []


@contextmanager
def gathering(faults: list[Fault]) -> Iterator[None]:
    """Add the faults of one check to a list and go on, so that the user is informed those of all checks at once.

    Examples
    --------
    >>> found: list[Fault] = []
    >>> with gathering(found):
    ...     check_table(pd.DataFrame())
    >>> [fault.what for fault in found]
    ['the history holds no customers']
    """
    try:
        yield
    except InputError as error:
        faults.extend(error.faults)


def check_weights(X: pd.DataFrame, weights: object) -> FloatArray | None:
    """Return the customers per row, or None when every row is one customer.

    Raises
    ------
    InputError
        When the weights do not fit the rows, or are negative, missing or all zero.
    """
    if weights is None:
        return None
    allowed = "customers per row: 0 or more"
    try:
        values = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            Fault(
                f"the weights are no numbers ({error})",
                where="sample_weight",
                allowed=allowed,
                remedy="give the weights as numbers",
            )
        ) from None
    if values.shape != (len(X),):
        raise InputError(
            Fault(
                f"{values.shape} weights for {len(X):,} rows",
                where="sample_weight",
                allowed="one per row",
                remedy="give one weight per row",
            )
        )
    faults = offending(
        X, ~(np.isfinite(values) & (values >= 0)), "sample_weight is negative or missing", allowed=allowed
    )
    if not faults:
        faults = offending(X, values > LARGEST_EXACT, "sample_weight is beyond 2^53", allowed=allowed)
    total = float(values.sum())
    if not faults and total == 0:
        faults = [
            Fault(
                "all weights are zero",
                where="sample_weight",
                allowed=allowed,
                remedy="give at least one weight above 0",
            )
        ]
    elif not faults and total < 1 - 1e-9:
        faults = [
            Fault(
                f"the weights add up to {total:.3g}, less than one customer",
                where="sample_weight",
                remedy="give weights that stand for one customer or more",
            )
        ]
    if faults:
        raise InputError(faults)
    return values


def check_once_each(X: pd.DataFrame) -> None:
    """Refuse customers who are listed twice, where rows are named by `customer_id`: each would count double.

    Raises
    ------
    InputError
        Counting and naming them.
    """
    if "customer_id" not in X.columns:
        return
    who = X["customer_id"]
    if who.ndim > 1 or who.is_unique:
        return
    twice = who[who.duplicated()].unique().tolist()
    raise InputError(
        Fault(
            f"{counted(len(twice), 'customer')} listed more than once: {some_of(twice)}",
            where="customer_id",
            allowed="one row per customer",
            remedy="add up their purchases before, with purchase_history",
        )
    )


def check_history(
    X: pd.DataFrame, columns: Sequence[str] = HISTORY_COLUMNS, *, discrete: bool = False
) -> list[FloatArray]:
    """Check purchase histories and return frequency, age at last purchase and age as arrays.

    Parameters
    ----------
    X : DataFrame
        One row per customer, or per group of like customers.
    columns : sequence of str
        Names of the count of repeat purchases, of the age at the last one, and of the age.
    discrete : bool
        Whether ages count occasions, which decides what can be advised.

    Returns
    -------
    list of three ndarray of shape (n,)

    Raises
    ------
    InputError
        With every kind of fault found, the offending rows counted and the first few named.
    """
    (x, last, age), gaps = numbers_with_gaps(X, columns)
    if not gaps and holds(_sound_history, x, last, age):
        return [x, last, age]
    known = np.isfinite(x) & np.isfinite(last) & np.isfinite(age)
    of_ages = _age_faults(X, (x, last, age), known, columns, _OF_OCCASIONS if discrete else _OF_TIME)
    raise InputError([*gaps, *_count_faults(X, x, known, columns[0]), *of_ages])


def _sound_history(x: FloatArray, last: FloatArray, age: FloatArray) -> BoolArray:
    counted_well = (x >= 0) & (x < LARGEST_EXACT) & (x == np.floor(x))
    sound: BoolArray = counted_well & (last >= 0) & (last <= age) & (age < LARGEST_EXACT) & ((x == 0) == (last == 0))
    return sound


def _count_faults(X: pd.DataFrame, x: FloatArray, known: NDArray[np.bool_], count: str) -> list[Fault]:
    return [
        *offending(
            X,
            x < 0,
            f"{count} is negative",
            allowed="0 or more",
            remedy="a count that passed the largest whole number of its type turns negative: count in 64 bits",
        ),
        *offending(
            X,
            known & (x >= LARGEST_EXACT),
            f"{count} is 2^53 or more and no exact number any more",
            allowed="counts of purchases",
            remedy="look for a number that stands for a missing one, or a sum that overflowed",
        ),
        *offending(X, known & (x != np.floor(x)), f"{count} is not a whole number", allowed="0, 1, 2, …"),
    ]


def _age_faults(
    X: pd.DataFrame,
    values: tuple[FloatArray, FloatArray, FloatArray],
    known: NDArray[np.bool_],
    columns: Sequence[str],
    remedies: tuple[str, str],
) -> list[Fault]:
    (x, last, age), (count, since, total) = values, columns
    beyond_end, at_first = remedies
    return [
        *offending(X, last < 0, f"{since} is negative", allowed=f"0 to {total}"),
        *offending(X, age < 0, f"{total} is negative", allowed="0 or more"),
        *offending(
            X,
            known & (age >= LARGEST_EXACT),
            f"{total} is 2^53 or more",
            allowed="time units since the first purchase",
            remedy="look for a number that stands for a missing one, or ages in nanoseconds: count days or weeks",
        ),
        *offending(
            X,
            known & (last > age),
            f"{since} is above {total}",
            allowed=f"0 to {total}",
            remedy=beyond_end,
        ),
        *offending(
            X,
            known & (x == 0) & (last > 0),
            f"{count} is 0 but {since} is above 0",
            allowed=f"{since} = 0 for one-time buyers",
        ),
        *offending(
            X,
            known & (x > 0) & (last == 0),
            f"{count} is above 0 but {since} is 0",
            allowed="repeat purchases later than the first",
            remedy=at_first,
        ),
    ]


def check_spread(X: pd.DataFrame, values: FloatArray, name: str, *, downwards: bool = False) -> None:
    """Refuse a column in which a few values dwarf all others: a double cannot tell the others apart beside them.

    Parameters
    ----------
    X : DataFrame of shape (n, …)
        Rows to name.
    values : ndarray of shape (n,)
        The column; zeros do not count.
    name : str
        Its name.
    downwards : bool
        Whether values far below the others are refused as well.

    Raises
    ------
    InputError
        Counting and naming the rows.
    """
    if not spread_too_far(values):
        return
    middle = float(np.median(values[values > 0]))
    remedy = "look for a number that stands for a missing one, or that overflowed"
    faults = offending(
        X,
        values > FAR_FROM_THE_REST * middle,
        f"{name} is more than a million times its median, {middle:.4g},",
        remedy=remedy,
    )
    if downwards:
        far_below = (values > 0) & (values * FAR_FROM_THE_REST < middle)
        what = f"{name} is less than a millionth of its median, {middle:.4g},"
        faults += offending(X, far_below, what, remedy="take such amounts for nothing, and leave them out")
    if faults:
        raise InputError(faults)


def spread_too_far(values: FloatArray) -> bool:
    """Say whether the largest value is more than a million times the smallest above zero."""
    low, high = float(values.min()), float(values.max())
    if high <= FAR_FROM_THE_REST * low or high == 0:
        return False
    positive = values.take(np.flatnonzero(values > 0))  # several times faster than by the mask
    return high > FAR_FROM_THE_REST * float(positive.min())


def distinct_rows(columns: Sequence[FloatArray], weights: FloatArray | None, effects: Mapping[str, FloatArray]) -> Rows:
    """Reduce customers to their distinct rows, in order of first appearance, at a cost linear in customers."""
    arrays = [*columns, *(column for values in effects.values() for column in values.T)]
    index, first = _group(arrays)
    weight = np.bincount(index, weights=weights, minlength=len(first)).astype(np.float64)
    x, last, age = (values[first] for values in columns)
    count_of, counts = pd.factorize(x)
    kept = {name: values[first] for name, values in effects.items()}
    return Rows(x, last, age, weight, index, kept, counts, count_of)


def _group(arrays: Sequence[FloatArray]) -> tuple[IntArray, IntArray]:
    """Return the number of each row's combination of values, and the first row of every number.

    Rows are distinguished by one mixture of all their bits, which costs a third of going column by column; that no two
    combinations share a mixture is then looked up, and where two do, columns are gone through one after the other.
    """
    mixed = _mixed(arrays)
    code = pd.factorize(mixed, size_hint=len(mixed) // _EXPECTED_SHARED)[0]
    first = _first_of_each(code)
    if not _same_rows([values[first] for values in arrays], code, arrays):
        code = _code_by_column(arrays)
        first = _first_of_each(code)
    return code, first


def _same_rows(held: Sequence[FloatArray], index: IntArray, columns: Sequence[FloatArray]) -> bool:
    """Say whether columns are those that distinct rows stand for."""
    pairs = list(zip(held, columns, strict=True))
    for at in range(0, len(index), BLOCK_ROWS):
        part = slice(at, at + BLOCK_ROWS)
        if not all(np.array_equal(values.take(index[part]), given[part]) for values, given in pairs):
            return False
    return True


def _mixed(arrays: Sequence[FloatArray]) -> NDArray[np.uint64]:
    """Return one number per row, nearly always another for another combination of values."""
    mixed = np.zeros(len(arrays[0]), dtype=np.uint64)
    for at in range(0, len(mixed), BLOCK_ROWS):
        part = mixed[at : at + BLOCK_ROWS]
        for values in arrays:
            part *= np.uint64(_MULTIPLIER)
            part ^= part >> np.uint64(32)
            part += (np.asarray(values[at : at + BLOCK_ROWS], dtype=np.float64) + 0.0).view(np.uint64)  # -0.0 is 0.0
        part *= np.uint64(_MULTIPLIER)
        part ^= part >> np.uint64(32)
    return mixed


def _code_by_column(arrays: Sequence[FloatArray]) -> IntArray:
    code, _ = pd.factorize(arrays[0])
    for values in arrays[1:]:
        inner, levels = pd.factorize(values)
        code, _ = pd.factorize(code * np.int64(len(levels)) + inner)
    return code


def _first_of_each(code: IntArray) -> IntArray:
    first = np.full(int(code.max()) + 1, len(code), dtype=np.intp)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    return first
