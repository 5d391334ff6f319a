"""How much a captioner has to say, whatever it is worth (chapter 12)."""


def variety(candidates, known=()):
    """Count how different captions are from one another, and from those of training.

    Parameters
    ----------
    candidates : list of str
    known : iterable of str
        The captions of training.

    Returns
    -------
    dict of str to int or float
        ``distinct`` captions, distinct ``words``, the mean ``length`` in words, and ``novel``,
        the captions that are not known (those said twice counted twice).

    Examples
    --------
    >>> variety(["a boat", "a boat", "a star"], ["a boat"])
    {'distinct': 2, 'words': 3, 'length': 2.0, 'novel': 1}
    """
    known = set(known)
    words = [word for caption in candidates for word in caption.split()]
    return {"distinct": len(set(candidates)), "words": len(set(words)),
            "length": len(words) / len(candidates),
            "novel": sum(caption not in known for caption in candidates)}
