"""A progress bar on a terminal, silence elsewhere."""


def bar(iterable, label, total=None, initial=0):
    """Return the iterable, with a tqdm bar if stderr is a terminal and tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return iterable
    return tqdm(iterable, desc=label, total=total, initial=initial, disable=None)
