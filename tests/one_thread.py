"""One thread for every numerical library, as in the kernels of a run, set before the first of them is imported.

The tests run in as many processes as there are processors. Threads of OpenMP that wait for each other beside them cost
more than the calculation: half a minute for the boosted trees of 300 rows.
"""

import os

from helpers.suite.running.environment import FIXED_ENVIRONMENT

os.environ.update({name: value for name, value in FIXED_ENVIRONMENT.items() if "THREADS" in name})
