import threading

import pytest

from batchopt.inputs.latest import Latest


def test_threads_that_ask_together_share_one_value():
    latest, made, together = Latest(), [], threading.Barrier(4)

    def ask():
        together.wait()
        latest.get("a", lambda: made.append(1))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_only_the_latest_is_kept():
    latest = Latest()
    assert [latest.get(key, lambda key=key: [key]) for key in "aab"] == [["a"], ["a"], ["b"]]
    assert latest.get("b", lambda: "made again") == ["b"]
    assert latest.get("a", lambda: "made again") == "made again"


def test_a_failure_is_not_kept():
    latest = Latest()
    with pytest.raises(OSError, match="gone"):
        latest.get("a", lambda: (_ for _ in ()).throw(OSError("gone")))
    assert latest.get("a", lambda: 1) == 1
