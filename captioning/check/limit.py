"""Call a function, and stop waiting when the time is up.

Where the system has signals, a timer interrupts the main thread. Elsewhere (Windows, a browser,
another thread) a trace function looks at the clock before every line. Both stop an endless loop
in Python; neither can stop a single long call inside NumPy before it returns.
"""

import signal
import sys
import threading
import time


class TimeUp(BaseException):
    """The function took too long. Not an Exception, so that `except Exception` lets it pass."""


def within(seconds, function, args):
    """Return ``function(*args)``, or raise TimeUp after so many seconds."""
    return (_by_signal if _has_signals() else _by_trace)(seconds, function, args)


def _has_signals():
    # In a browser setitimer exists and its signal never comes while Python runs.
    main = threading.current_thread() is threading.main_thread()
    return main and hasattr(signal, "setitimer") and sys.platform != "emscripten"


def _by_signal(seconds, function, args):
    def ring(signum, frame):
        if frame.f_code is not _by_signal.__code__:  # never while the timer is being put away
            raise TimeUp

    handler = signal.signal(signal.SIGALRM, ring)
    # It rings again and again, since a bare `except:` of the reader may swallow the first.
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, 0.01)
    try:
        return function(*args)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler or signal.SIG_DFL)


def _by_trace(seconds, function, args):
    end = time.monotonic() + seconds

    def watch(frame, event, arg):
        if time.monotonic() > end:
            raise TimeUp
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        return function(*args)
    finally:
        sys.settrace(before)
