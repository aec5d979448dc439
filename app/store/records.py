"""The records of one human being, as a statement names them: most have one, who was merged has
more.

Source: docs/decisions/0023-two-records-of-one-person-are-linked.md
"""

from collections.abc import Sequence

from msgspec import Struct

from app.store.statement import Statement


class Records(Struct, frozen=True):
    """Their ids as an expression. one: where there is but one, so that the clause asks once, and
    not of each row. several: an array of them, where there are more."""

    one: str | None = None
    several: str = ""

    def hold(self, alias: str) -> str:
        """Whether a row is in one of them."""
        return f"{alias}.person_id = {self.one or f'any({self.several})'}"

    def same(self, alias: str, other: str) -> str:
        """Whether a row is in the record that another row, which is in one of them, is in."""
        return f"{alias}.person_id = {self.one or f'{other}.person_id'}"


def records(ids: Sequence[str], statement: Statement) -> Records:
    """ids: at least one."""
    if len(ids) == 1:
        return Records(one=statement.bind(ids[0]))
    return Records(several=statement.bind_all(ids))
