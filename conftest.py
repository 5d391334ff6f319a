"""Settings of pytest for the whole book: pictures are compared, and the end says what ran."""

from collections import Counter

# Scripts that made the tests' frozen values, with libraries that the tests do without.
collect_ignore_glob = ["tests/oracles/*.py"]


def pytest_collectstart(collector):
    """Have nbval compare pictures too: it leaves them out by a list that a notebook carries."""
    if type(collector).__name__ == "IPyNbFile":
        collector.skip_compare = tuple(
            kind for kind in collector.skip_compare if kind not in ("image/png", "image/jpeg")
        )


def pytest_terminal_summary(terminalreporter):
    """Say how many notebooks, cells and tests ran."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call"
    ]
    cells = Counter(r.nodeid.split("::")[0] for r in reports if ".ipynb" in r.nodeid)
    books = f"{len(cells)} notebook{'s' * (len(cells) != 1)}"
    tests = len(reports) - cells.total()
    terminalreporter.write_line(f"ran {books}, {cells.total()} cells and {tests} tests")
