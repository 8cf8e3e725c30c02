import math

import pytest
from rampcheck_callback.compare import first_difference, plain, tolerance


def test_the_bound_is_a_share_of_the_peak():
    bound = tolerance(1e-5)
    # One unit in the last place near the end of a cosine is a large share of the value, and none of the peak.
    assert first_difference([[1e-5, 2.5e-19]], [[1e-5, 2.6e-19]], bound, 0) == (None, pytest.approx(1e-20))


def test_one_percent_of_the_value_is_a_difference():
    difference, largest = first_difference([[1e-5, 9.9e-6]], [[1e-5, 1e-5]], tolerance(1e-5), 0)
    assert difference == {"step": 1, "group": 0, "expected": 9.9e-6, "actual": 1e-5}
    assert largest == pytest.approx(1e-7)


def test_the_earliest_step_of_any_group_counts_from_the_first_step():
    expected, actual = [[1, 1, 1], [1, 1, 1]], [[1, 1, 2], [1, 2, 1]]
    assert first_difference(expected, actual, 1e-12, 10)[0] == {"step": 11, "group": 1, "expected": 1, "actual": 2}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_a_difference(value):
    difference, largest = first_difference([[1.0]], [[value]], 1e-12, 0)
    assert difference is not None
    assert largest == math.inf


def test_float32_tensors_have_their_own_bound():
    torch = pytest.importorskip("torch")
    used = plain(torch.tensor(1e-3, dtype=torch.float32))
    assert first_difference([[1e-3]], [[used]], tolerance(1e-3), 0)[0] is not None
    assert first_difference([[1e-3]], [[used]], tolerance(1e-3, float32=True), 0)[0] is None
