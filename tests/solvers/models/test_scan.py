import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from solvers.models.combine import combine
from solvers.models.scan import around, knots, positive, scan


def test_knots_average_replicates_and_sort():
    data = knots(np.array([2.0, 1.0, 2.0, 5.0]), np.array([10.0, 1.0, 20.0, 7.0]), np.array([0, 3, 4]))
    np.testing.assert_array_equal(data.x, [1, 2, 5])
    np.testing.assert_array_equal(data.y, [1, 15, 7])
    np.testing.assert_array_equal(data.weight, [1, 2, 1])
    np.testing.assert_array_equal(data.offsets, [0, 2, 3])


@given(st.lists(st.lists(st.integers(-9, 9), min_size=1, max_size=30), max_size=4), st.integers(1, 8))
def test_knots_keep_count_mean_and_replicates_together(problems, most):
    offsets = np.cumsum([0, *map(len, problems)])
    x = np.array([value for problem in problems for value in problem], dtype=float)
    data = knots(x, 2 * x, offsets, most)
    for i, problem in enumerate(problems):
        own = slice(data.offsets[i], data.offsets[i + 1])
        assert len(data.x[own]) == min(len(set(problem)), most)
        assert (np.diff(data.x[own]) > 0).all()
        assert data.weight[own].sum() == len(problem)
        np.testing.assert_allclose((data.weight * data.x)[own].sum(), sum(problem), atol=1e-12)
        np.testing.assert_allclose(data.y[own], 2 * data.x[own])
        # A value of x is in one knot only: its replicates are not torn apart.
        edges = np.cumsum(data.weight[own])[:-1].astype(int)
        ordered = np.sort(problem)
        assert (ordered[edges] > ordered[edges - 1]).all()


def test_scan_finds_the_shape_its_amplitude_and_its_baseline():
    x = np.linspace(0, 1, 15)
    y = np.concatenate([3 * x**2 + 1, -2 * x**3])
    data = knots(np.tile(x, 2), y, np.array([0, 15, 30]))
    powers = [(data.full(p),) for p in (1.0, 2.0, 3.0, 4.0)]
    found = scan(data, lambda x, p: x**p, powers, baseline=True)
    np.testing.assert_allclose(np.stack(found), [[3, -2], [1, 0], [2, 3]], atol=1e-12)
    _, baseline, power = scan(data, lambda x, p: x**p, powers, baseline=False)
    assert (baseline[0], baseline[1], power[1]) == (0, 0, 3)


def test_scan_passes_over_shapes_that_are_undefined_or_constant():
    x = np.arange(1.0, 9.0)
    data = knots(x, 5 * x, np.array([0, 8]))

    def shape(x, kind):
        return np.where(kind == 0, np.nan, np.where(kind == 1, 1.0, x))

    for kinds in ((0, 1, 2), (2, 1, 0)):
        with np.errstate(all="ignore"):  # as Model.guess does
            found = scan(data, shape, [(data.full(kind),) for kind in kinds], baseline=True)
        np.testing.assert_allclose(np.concatenate(found), [5, 0, 2], atol=1e-12)


def test_positive():
    np.testing.assert_array_equal(positive(np.array([-1.0, 0.0, np.nan, 0.5])), [1, 1, 1, 0.5])


def test_the_peak_is_the_last_of_the_largest_in_magnitude():
    y = np.array([1.0, -3.0, 3.0, 2.0, np.nan, 7.0, 5.0])
    assert knots(np.arange(7.0), y, np.array([0, 4, 6, 7])).peak().tolist() == [2.0, 4.0, 6.0]


def test_around_yields_every_combination():
    found = list(around([np.array([2.0]), np.array([3.0])], (1.0, 10.0), (1.0, 0.5)))
    assert np.concatenate(found).reshape(4, 2).tolist() == [[2, 3], [2, 1.5], [20, 3], [20, 1.5]]


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_combine_finds_the_least_squares_amplitudes(seed, count):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 1, 40))
    offsets = np.array([0, 15, 40])
    y = rng.normal(size=40)

    def shapes(x, rate):
        return [np.exp(-rate * x) * x**power for power in range(count)]

    rates = (0.5, 2.0, -1.0)
    data = knots(x, y, offsets, most=1000)
    *amplitudes, rate = combine(data, shapes, [(data.full(r),) for r in rates])
    for i, own in enumerate((slice(0, 15), slice(15, 40))):
        fits = [np.linalg.lstsq(np.transpose(shapes(x[own], r)), y[own]) for r in rates]
        best = min(range(3), key=lambda r: fits[r][1])
        assert rate[i] == rates[best]
        np.testing.assert_allclose([a[i] for a in amplitudes], fits[best][0], rtol=1e-6, atol=1e-8)


def test_combine_passes_over_what_is_undefined_and_gives_nothing_to_what_is_there_already():
    x = np.arange(1.0, 9.0)
    data = knots(x, 5 * x, np.array([0, 8]))

    def shapes(x, kind):
        return (np.where(kind == 0, np.nan, x), 2 * x)

    for kinds in ((0, 1), (1, 0)):
        with np.errstate(all="ignore"):  # as Model.guess does
            found = combine(data, shapes, [(data.full(kind),) for kind in kinds])
        np.testing.assert_allclose(np.concatenate(found), [5, 0, 1], atol=1e-12)
