"""The measured memory is that of the script alone, whatever the process that measures has held before."""

import pytest
from tests.benchmarks.peak_memory import needs_peak_memory, run_alone

pytestmark = needs_peak_memory
NOTHING = "found = None"
HELD = "import resource; found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20"
TAKE = "import sys; taken = bytearray(b'x') * int(sys.argv[1]); found = len(taken)"
MIB = 2**20


def test_what_the_measuring_process_held_before_is_not_counted():
    _, alone = run_alone(NOTHING)
    before = bytearray(b"x") * (400 * MIB)
    found, after = run_alone(NOTHING)
    inherited, _ = run_alone(HELD)
    del before
    assert found is None
    assert after == pytest.approx(alone, abs=0.02)
    assert inherited > 0.39  # the other figure would have counted it: should that change, it may be read again


def test_what_the_script_takes_is_counted():
    _, nothing = run_alone(TAKE, 0)
    taken, peak = run_alone(TAKE, 256 * MIB)
    assert taken == 256 * MIB
    assert peak - nothing == pytest.approx(0.25, abs=0.02)


def test_a_memory_given_back_before_the_end_is_counted_too():
    _, peak = run_alone(TAKE + "; del taken", 256 * MIB)
    assert peak > 0.25
