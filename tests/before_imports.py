"""What must be so before any library is imported: a pytest plugin that is loaded before all others.

Every numerical library has one thread, as in the kernels of a run. The tests run in as many processes as there are
processors, and threads of OpenMP that wait for each other beside them cost more than the calculation: half a minute for
the boosted trees of 300 rows. And jsonschema, which comes with nbformat, builds no grammar of addresses.
"""

import os

from helpers.suite.running.environment import FIXED_ENVIRONMENT
from helpers.suite.running.quick_imports import without_optional

os.environ.update({name: value for name, value in FIXED_ENVIRONMENT.items() if "THREADS" in name})
with without_optional():
    import nbformat  # noqa: F401
