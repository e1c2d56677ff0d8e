#!/usr/bin/env bash
# lifelines 0.30.0 turns two dates into a lifetime: datetimes_to_durations(start, end, freq="M").
#
# One would guess: from the first of a month to the first of the next is a month, and twelve of them a year; or else the
# result is a fraction, 0.92 of a month. What happens: days are divided by the mean length of a month (30.44) or a year
# (365.25) and cut off. February, April, June, September and November come out as no month at all, a year of 365 days as
# 11 months and as 0 years, and one day more makes the difference.
# Why it matters: contracts run by the month. Customers who left after one month are at 0 or 1 by the season in which
# they came, and at 0 nobody is at risk yet: a fit of a Weibull refuses them or, when 0 is filtered out, they are gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "lifelines==0.30.0" "pandas==3.1.1" "numpy==2.4.6"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import lifelines
import pandas as pd
from lifelines.utils import datetimes_to_durations

starts = pd.date_range("2023-01-01", periods=12, freq="MS")
ends = starts + pd.DateOffset(months=1)
months, _ = datetimes_to_durations(starts.to_series(index=range(12)), ends.to_series(index=range(12)), freq="M")
print("lifelines", lifelines.__version__, "pandas", pd.__version__)
print("one calendar month from each first of 2023, in months:", months.astype(int).tolist())
assert months.tolist() == [1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1]
found = {}
for freq in ("M", "Y"):
    found[freq] = [datetimes_to_durations(["2022-01-01"], [end], freq=freq)[0].tolist()[0] for end in ("2023-01-01", "2023-01-02")]
print(f"one year of 365 days: {found['M'][0]:.0f} months, {found['Y'][0]:.0f} years; a day more: {found['M'][1]:.0f} months")
assert found == {"M": [11.0, 12.0], "Y": [0.0, 1.0]}, found
try:
    lifelines.WeibullFitter().fit(months[:2], [1, 1])
except ValueError as error:
    print("a Weibull on the first two:", str(error).split(".")[0])
else:
    raise SystemExit("a Weibull takes a lifetime of 0")
PYTHON
