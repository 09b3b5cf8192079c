"""Progress: a bar on a terminal, plain lines elsewhere."""

import io

import pytest

from batchopt.progress import Bar, PlainLines, Silent, clock_time, reporter


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (3599.9, "1:00:00"), (36_000, "10:00:00")],
)
def test_clock_time(seconds, text):
    assert clock_time(seconds) == text


def test_no_bar_and_no_colour_without_a_terminal():
    assert isinstance(reporter(io.StringIO()), PlainLines)
    assert isinstance(reporter(Terminal()), Bar)


def test_plain_lines_come_every_ten_seconds_and_at_the_end():
    stream, clock = io.StringIO(), Clock()
    lines = PlainLines(stream, clock)
    lines.note("on a cluster")
    lines.start(1100, 100, {"converged": 100})
    for seconds in (4.0, 8.0, 10.0, 12.0):
        clock.now = 100.0 + seconds
        lines.advance(100, {"converged": 99, "stalled": 1})
    clock.now = 120.0
    lines.advance(600, {"converged": 600})
    lines.stop()
    assert stream.getvalue().splitlines() == [
        "on a cluster",
        "1,100 problems, 100 of them done before",
        "400 of 1,100  30 a second, 0:23 left  397 converged, 3 stalled",
        "1,100 of 1,100  50 a second, 0:00 left  1,096 converged, 4 stalled",
    ]


def test_a_bar_shows_problems_rate_and_statuses():
    stream, clock = Terminal(), Clock()
    bar = Bar(stream, clock)
    bar.start(10, 0, {})
    clock.now += 2.0
    bar.advance(4, {"converged": 3, "stalled": 1})
    bar.note("[not markup]")
    bar.stop()
    bar.stop()
    text = stream.getvalue()
    assert "4/10" in text
    assert "2 a second, 0:03 left  3 converged, 1 stalled" in text
    assert "[not markup]" in text


def test_silence(capsys):
    silent = Silent()
    silent.note("x")
    silent.start(1, 0, {})
    silent.advance(1, {})
    silent.stop()
    assert capsys.readouterr() == ("", "")
