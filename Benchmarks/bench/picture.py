"""Charts as SVG, by hand; colours follow the reader's choice of light or dark."""

import math
from dataclasses import dataclass

WIDTH, HEIGHT = 300, 240
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 44, 44

STYLE = """
  text { font: 11px system-ui, sans-serif; fill: #57606a; }
  .title { font-size: 13px; font-weight: 600; fill: #1f2328; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; }
  .s0 { stroke: #0969da; } .dot.s0, .name.s0 { fill: #0969da; stroke: none; }
  .s1 { stroke: #bc4c00; } .dot.s1, .name.s1 { fill: #bc4c00; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1; }
    .title { fill: #f0f6fc; }
    .grid { stroke: #3d444d; }
    .s0 { stroke: #58a6ff; } .dot.s0, .name.s0 { fill: #58a6ff; }
    .s1 { stroke: #f0883e; } .dot.s1, .name.s1 { fill: #f0883e; }
  }
"""


@dataclass
class Series:
    name: str
    points: list


@dataclass
class Chart:
    """Lines over a logarithmic axis; the other axis begins at 0."""

    title: str
    axis: str
    series: list


def step_of(most):
    """A round distance that gives at most five lines."""
    size = 10 ** math.floor(math.log10(most / 5))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor * 5 >= most)


def short(number):
    for size, sign in [(1_000_000, "M"), (1000, "k")]:
        if number >= size:
            return f"{number / size:g} {sign}"
    return f"{number:g}"


def chart(chart, left):
    points = [point for series in chart.series for point in series.points]
    low, high = math.log10(min(x for x, _ in points)), math.log10(max(x for x, _ in points))
    step = step_of(max(y for _, y in points))
    top = step * math.ceil(max(y for _, y in points) / step)
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x, y):
        across = (math.log10(x) - low) / (high - low or 1)
        return left + LEFT + across * inner_width, TOP + (1 - y / top) * inner_height

    yield f'<text class="title" x="{left + LEFT}" y="18">{chart.title}</text>'
    for index in range(round(top / step) + 1):
        y = TOP + (1 - index * step / top) * inner_height
        yield (f'<path class="grid" d="M{left + LEFT} {y:.1f}h{inner_width}"/>'
               f'<text x="{left + LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
               f"{index * step:g}</text>")
    decades = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    ends = {10 ** decade for decade in decades} | {points[0][0], max(x for x, _ in points)}
    for x in sorted(ends):
        yield (f'<text x="{place(x, 0)[0]:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
               f"{short(x)}</text>")
    yield (f'<text x="{left + LEFT + inner_width / 2:.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
           f"{chart.axis}</text>")
    for index, series in enumerate(chart.series):
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (place(*point) for point in series.points))
        yield f'<path class="line s{index}" d="M{path}"/>'
        for point in series.points:
            x, y = place(*point)
            yield (f'<circle class="dot s{index}" cx="{x:.1f}" cy="{y:.1f}" r="3">'
                   f"<title>{series.name}, {short(point[0])}: {point[1]:.3g}</title></circle>")
        yield (f'<text class="name s{index}" x="{left + LEFT + index * 96}" y="34">'
               f"● {series.name}</text>")


def draw(charts):
    """One picture of all charts, side by side."""
    width = WIDTH * len(charts)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" role="img" '
        'aria-label="' + "; ".join(f"{chart.title} by {chart.axis}" for chart in charts) + '">',
        f"<style>{STYLE}</style>"]
    for index, one in enumerate(charts):
        lines += chart(one, index * WIDTH)
    return "\n".join(lines) + "\n</svg>\n"
