"""Counts and shares that anyone may see: a small number could point to somebody, so it is not told.

Source: NHS England's rule since 2018 for hospital episodes: counts below eight are hidden, others
are told to the nearest five.
"""

SMALLEST_TOLD = 8
_NEAREST = 5


def is_small(count: int) -> bool:
    """Whether a count could point to somebody: from one to seven. None at all points to nobody."""
    return 0 < count < SMALLEST_TOLD


def told_count(count: int) -> int | None:
    """A count to the nearest five; None for one that is too small to tell."""
    return None if is_small(count) else _NEAREST * round(count / _NEAREST)


def told_share(part: int, whole: int) -> int | None:
    """A share in whole per cent; None for one that a small count could be worked out from.

    It is told of eight or more, where neither those in it nor the others are from one to seven.
    """
    if whole < SMALLEST_TOLD or is_small(part) or is_small(whole - part):
        return None
    return round(100 * part / whole)
