"""A chart as SVG: lines over two logarithmic axes, readable on light and dark pages."""

import math
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 760, 420, 70, 30, 220, 50
#: Okabe and Ito's colours, which colour-blind people tell apart.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")

Line = list[tuple[float, float]]


def svg(title: str, x_label: str, y_label: str, lines: dict[str, Line]) -> str:
    """Draw named lines; every number must be positive."""
    xs = sorted({x for line in lines.values() for x, _ in line})
    ys = [y for line in lines.values() for _, y in line]
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def across(x: float) -> float:
        return _LEFT + wide * math.log(x / xs[0]) / (math.log(xs[-1] / xs[0]) or 1.0)

    def down(y: float) -> float:
        return _TOP + tall * (high - math.log10(y)) / ((high - low) or 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"',
        f'font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)}</text>',
        f'<text x="{_LEFT + wide / 2}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text transform="translate(16 {_TOP + tall / 2}) rotate(-90)"',
        f'text-anchor="middle">{escape(y_label)}</text>',
    ]
    for power in range(low, high + 1):
        y = down(10.0**power)
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{wide}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,g}</text>')
    parts += [
        f'<text x="{across(x):.1f}" y="{_TOP + tall + 18}" text-anchor="middle">{x:,g}</text>' for x in xs
    ]
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = _TOP + 14 + 20 * number
        parts.append(
            f'<path d="M{_LEFT + wide + 12} {y - 4}h16" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{_LEFT + wide + 34}" y="{y}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])
