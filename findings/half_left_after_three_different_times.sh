#!/usr/bin/env bash
# The median lifetime by Kaplan and Meier, of an even number of customers who all left, one each month.
#
# One would guess: three libraries that name the same estimate agree on it, and the rule for "exactly half are left"
# (the first time at which, or the midpoint) is one rule for all sizes. What happens: the share left is a product of
# fractions, and on the very half it is a rounding error above or below 0.5. lifelines 0.30.0 takes the first time with
# at most a half and comes out one event late for some sizes; statsmodels 0.15.0 wants less than a half and comes out
# one early for some; scikit-survival 0.28.0 has other roundings and is late for other sizes. All three agree where one
# would have expected either of two rules.
# Why it matters: cohorts of 10, 20 or 50 with nobody missing are common, and the next event can be months away. Two
# reports of the same cohort differ, and one cohort doubled has another median.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "lifelines==0.30.0" "statsmodels==0.15.0" "scikit-survival==0.28.0" "pandas==3.1.1" "numpy==2.4.6"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import lifelines
import numpy as np
import statsmodels
import sksurv
from lifelines import KaplanMeierFitter
from sksurv.nonparametric import kaplan_meier_estimator
from statsmodels.duration.survfunc import SurvfuncRight

print("lifelines", lifelines.__version__, "statsmodels", statsmodels.__version__, "scikit-survival", sksurv.__version__)
late = {"lifelines": [], "statsmodels": [], "scikit-survival": []}
for customers in range(2, 60, 2):
    months, left = np.arange(1.0, customers + 1), np.ones(customers, dtype=bool)
    times, shares = kaplan_meier_estimator(left, months)
    medians = {
        "lifelines": KaplanMeierFitter().fit(months, left).median_survival_time_,
        "statsmodels": SurvfuncRight(months, left).quantile(0.5),
        "scikit-survival": times[np.argmax(shares <= 0.5)],
    }
    for name, median in medians.items():
        late[name].append(int(median) - customers // 2)
    if customers in (6, 10, 18, 28):
        print(f"{customers} customers, half left at month {customers // 2}: medians", {k: int(v) for k, v in medians.items()})
for name, by_size in late.items():
    print(f"{name}: {by_size.count(0)} sizes of {len(by_size)} at that month, {by_size.count(1)} at the next")
    assert set(by_size) == {0, 1}
assert len({tuple(by_size) for by_size in late.values()}) == 3
PYTHON
