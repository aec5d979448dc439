"""A primitive without a value: only an id or extensions stand beside where it would be.

Spec: https://hl7.org/fhir/R4/json.html#primitive
"""

import msgspec


class Bare(msgspec.Struct, frozen=True):
    """It is there, so it counts, and it is equal to nothing."""


BARE = Bare()
