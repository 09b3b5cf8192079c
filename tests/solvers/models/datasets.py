"""Random data sets for each named model: noisy, in arbitrary units, and enough to determine the curve.

`SETS[name]` is how to draw (x, parameters) in units where the curve is about 1 high, and what a unit of
x and of y does to the parameters: powers of each. Where x has a fixed unit, as log doses do, so has the draw.
"""

import numpy as np

from solvers import curve_fit_batch

#: Standard deviation of the noise, per height of the curve.
NOISE = 0.05
SCALE, RATE, HEIGHT, PURE, SLOPE = (1, 0), (-1, 0), (0, 1), (0, 0), (-1, 1)


def log10_uniform(rng, low, high):
    return 10 ** rng.uniform(np.log10(low), np.log10(high))


def spread(rng, low=20, high=200):
    """Abscissae (m,) on [0, 1], even or at random."""
    size = rng.integers(low, high)
    return np.linspace(0, 1, size) if rng.random() < 0.5 else np.sort(rng.uniform(0, 1, size))


def doses(rng, low, replicates):
    return np.repeat(np.geomspace(low, 1, rng.integers(8, 14)), rng.integers(*replicates))


def log_doses(rng):
    if rng.random() < 0.5:
        return 5 * spread(rng, 12) - 3
    return np.repeat(np.linspace(-3, 2, rng.integers(8, 20)), rng.integers(1, 5))


def arrhenius(rng):
    x = 300 + rng.uniform(20, 150) * spread(rng)
    growth = rng.uniform(0.5, 6)  # of the logarithm, from the lowest temperature to the highest
    ea = 8.31446261815324 * growth / (1 / x.min() - 1 / x.max())
    return x, [np.exp(ea / (8.31446261815324 * x.max())), ea]


def biexponential(rng):
    slow = log10_uniform(rng, 0.3, 4)
    part = rng.uniform(0.2, 0.8)
    return spread(rng), [part, slow * log10_uniform(rng, 4, 30), 1 - part, slow]


def constant(rng):
    return spread(rng, 3), [rng.uniform(-1, 1)]


def cubic(rng):
    return rng.uniform(-1, 1, rng.integers(5, 100)), rng.uniform(-1, 1, 4)


def damped_sine(rng):
    x = spread(rng, 50)
    # Four points a cycle or more where they are closest together in the mean.
    cycles = rng.uniform(0.8, min(15, len(x) / 6))
    return x, [1.0, log10_uniform(rng, 0.3, 4), 2 * np.pi * cycles, rng.uniform(-3, 3)]


def exponential_decay(rng):
    x = spread(rng) + rng.uniform(-1, 1)
    rate = rng.uniform(1, 20) * rng.choice([-1, 1])
    return x, [np.exp(rate * (x.min() if rate > 0 else x.max())), rate, rng.uniform(-2, 2)]


def gain_loss(rng):
    ga = rng.uniform(-2, 0)
    return log_doses(rng), [1.0, ga, rng.uniform(0.6, 4), ga + rng.uniform(1, 2.5), rng.uniform(0.6, 4)]


def gaussian(rng):
    x = spread(rng) + rng.uniform(-1, 1)
    gap = np.diff(x).max()  # the peak must not fall between two points
    width = max(rng.uniform(2 / len(x), 0.3), 1.2 * gap)
    return x, [1.0, rng.uniform(x.min() + 0.1, x.max() - 0.1), width]


def gaussians(rng, count):
    """Resolved peaks: the distance of neighbours is 2.5 to 6 times the mean of their widths."""
    widths = rng.uniform(0.5, 1, count)
    steps = rng.uniform(2.5, 6, count - 1) * (widths[1:] + widths[:-1]) / 2
    places = np.concatenate([[0], np.cumsum(steps)])
    margins = rng.uniform(1.5, 4, 2)  # free space at both ends
    x = np.linspace(-margins[0], places[-1] + margins[1], rng.integers(25 * count, 200))
    heights = rng.uniform(0.4, 1, count)
    return x, np.column_stack([heights, places, widths]).ravel()


def gaussians2(rng):
    return gaussians(rng, 2)


def gaussians3(rng):
    return gaussians(rng, 3)


def gompertz(rng):
    return spread(rng), [1.0, rng.uniform(4, 30), rng.uniform(0.1, 0.7)]


def hill(rng):
    return log_doses(rng), [1.0, rng.uniform(-2, 1), rng.uniform(0.4, 5)]


def iv_one_compartment(rng):
    return spread(rng, 8), [1.0, log10_uniform(rng, 0.5, 10)]


def langmuir(rng):
    x, (qmax, half) = michaelis_menten(rng)
    return x, [qmax, 1 / half]


def linear(rng):
    return rng.uniform(-1, 1, rng.integers(3, 100)), [1.0, rng.uniform(-3, 3)]


def logistic4(rng):
    slope, bottom = rng.uniform(0.7, 4), rng.uniform(-0.2, 0.2)
    if rng.random() < 0.5:
        return spread(rng), [1.0, bottom, rng.uniform(0.15, 0.6), slope]
    return np.append(0.0, doses(rng, 1e-4, (1, 4))), [1.0, bottom, log10_uniform(rng, 1e-3, 0.3), slope]


def logistic5(rng):
    x, parameters = logistic4(rng)
    return x, [*parameters, log10_uniform(rng, 0.5, 2)]


def logistic_growth(rng):
    return spread(rng), [1.0, rng.uniform(4, 40), rng.uniform(0.1, 0.8)]


def lognormal_peak(rng):
    x = 0.01 + spread(rng, 30)
    mu = rng.uniform(0.15, 0.6)
    gap = np.diff(x).max()
    return x, [1.0, mu, max(log10_uniform(rng, 0.1, 1), 1.2 * gap / mu)]


def lorentzian(rng):
    return gaussian(rng)


def lorentzians2(rng):
    return gaussians(rng, 2)


def lorentzians3(rng):
    return gaussians(rng, 3)


def michaelis_menten(rng):
    x = spread(rng, 10) if rng.random() < 0.5 else doses(rng, 0.01, (1, 3))
    return x, [1.0, log10_uniform(rng, 0.03, 2)]


def oral_one_compartment(rng):
    ke = log10_uniform(rng, 1, 8)
    return spread(rng, 12), [1.0, ke * log10_uniform(rng, 1.5, 20), ke]


def power_law(rng):
    return 0.02 + spread(rng, 10), [1.0, rng.uniform(0.2, 4)]


def pseudo_voigt(rng):
    x, (height, mu, sigma) = gaussian(rng)
    return x, [height, rng.uniform(0, 1), mu, 2.3 * sigma]


def quadratic(rng):
    return rng.uniform(-1, 1, rng.integers(4, 100)), rng.uniform(-1, 1, 3)


def richards(rng):
    return spread(rng), [1.0, log10_uniform(rng, 0.2, 4), rng.uniform(6, 30), rng.uniform(0.2, 0.7)]


def saturating_exponential(rng):
    return spread(rng, 10), [1.0, log10_uniform(rng, 0.7, 15)]


def stretched_exponential(rng):
    return spread(rng), [1.0, log10_uniform(rng, 0.05, 0.8), rng.uniform(0.4, 2.5)]


def substrate_inhibition(rng):
    return spread(rng, 12), [2.0, log10_uniform(rng, 0.03, 0.4), log10_uniform(rng, 0.2, 3)]


def von_bertalanffy(rng):
    return spread(rng), [1.0, rng.uniform(1, 10), rng.uniform(-0.4, 0.1)]


def weibull(rng):
    return spread(rng), [1.0, log10_uniform(rng, 0.1, 0.8), log10_uniform(rng, 0.6, 6)]


PEAK = [HEIGHT, SCALE, SCALE]
SETS = {
    "arrhenius": (arrhenius, [HEIGHT, SCALE]),
    "biexponential": (biexponential, [HEIGHT, RATE] * 2),
    "constant": (constant, [HEIGHT]),
    "cubic": (cubic, [(-3, 1), (-2, 1), SLOPE, HEIGHT]),
    "damped_sine": (damped_sine, [HEIGHT, RATE, RATE, PURE]),
    "exponential_decay": (exponential_decay, [HEIGHT, RATE, HEIGHT]),
    "gain_loss": (gain_loss, [HEIGHT, PURE, PURE, PURE, PURE]),
    "gaussian": (gaussian, PEAK),
    "gaussians2": (gaussians2, PEAK * 2),
    "gaussians3": (gaussians3, PEAK * 3),
    "gompertz": (gompertz, [HEIGHT, RATE, SCALE]),
    "hill": (hill, [HEIGHT, PURE, PURE]),
    "iv_one_compartment": (iv_one_compartment, [HEIGHT, RATE]),
    "langmuir": (langmuir, [HEIGHT, RATE]),
    "linear": (linear, [SLOPE, HEIGHT]),
    "logistic4": (logistic4, [HEIGHT, HEIGHT, SCALE, PURE]),
    "logistic5": (logistic5, [HEIGHT, HEIGHT, SCALE, PURE, PURE]),
    "logistic_growth": (logistic_growth, [HEIGHT, RATE, SCALE]),
    "lognormal_peak": (lognormal_peak, [HEIGHT, SCALE, PURE]),
    "lorentzian": (lorentzian, PEAK),
    "lorentzians2": (lorentzians2, PEAK * 2),
    "lorentzians3": (lorentzians3, PEAK * 3),
    "michaelis_menten": (michaelis_menten, [HEIGHT, SCALE]),
    "oral_one_compartment": (oral_one_compartment, [HEIGHT, RATE, RATE]),
    "power_law": (power_law, [HEIGHT, PURE]),
    "pseudo_voigt": (pseudo_voigt, [HEIGHT, PURE, SCALE, SCALE]),
    "quadratic": (quadratic, [(-2, 1), SLOPE, HEIGHT]),
    "richards": (richards, [HEIGHT, PURE, RATE, SCALE]),
    "saturating_exponential": (saturating_exponential, [HEIGHT, RATE]),
    "stretched_exponential": (stretched_exponential, [HEIGHT, SCALE, PURE]),
    "substrate_inhibition": (substrate_inhibition, [HEIGHT, SCALE, SCALE]),
    "von_bertalanffy": (von_bertalanffy, [HEIGHT, RATE, SCALE]),
    "weibull": (weibull, [HEIGHT, SCALE, PURE]),
}

#: Their x comes in one unit: a log dose, or one in which the power of a unit would be a parameter.
FIXED_UNIT = {"hill", "gain_loss", "power_law"}


def draw(model, rng):
    """Return one problem: x (m,), y (m,) with noise, and the true parameters (n,)."""
    make, powers = SETS[model.name]
    x, parameters = make(rng)
    unit_x = 1.0 if model.name in FIXED_UNIT else 10 ** rng.uniform(-3, 3)
    unit_y = 10 ** rng.uniform(-3, 3) * rng.choice([-1, 1])
    true = parameters * np.prod(np.power([unit_x, unit_y], powers), axis=1)
    x = unit_x * x
    y = model.formula().value(x[np.newaxis], true[np.newaxis], np.array([len(x)]))
    return x, y + NOISE * abs(unit_y) * rng.standard_normal(len(x)), true


def reached(model, sets):
    """Return which problems (B,) end from the guess as low as from the truth, or lower."""
    x, y = (np.concatenate([problem[i] for problem in sets]) for i in (0, 1))
    truth = np.array([problem[2] for problem in sets])
    offsets = np.cumsum([0, *(len(problem[0]) for problem in sets)])
    guess = model.guess(x[np.newaxis], y, offsets)
    costs = [
        curve_fit_batch(model, x, y, start, offsets=offsets, method="trf").cost for start in (guess, truth)
    ]
    from_guess, from_truth = np.nan_to_num(costs, nan=np.inf)
    return np.isfinite(from_guess) & (from_guess <= 1.001 * np.minimum(from_guess, from_truth))
