"""When an answer comes too late: the one clock that the language reads, and only to stop by."""

from time import perf_counter

from app.errors import Issue, TooCostly

_TOO_LONG = "It took too long to look at this by its profile. Send it as several entries."


def deadline(seconds: float) -> float:
    """The moment so many seconds from now."""
    return perf_counter() + seconds


def is_over(moment: float) -> bool:
    """Whether a deadline has passed."""
    return perf_counter() > moment


def too_late() -> TooCostly:
    """What a judgement that has not ended by its deadline is answered with."""
    return TooCostly(issues=[Issue("too-costly", _TOO_LONG)])
