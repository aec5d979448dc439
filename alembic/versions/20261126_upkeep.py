"""reviews of supporters, and rounds of upkeep

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). New tables alone, which the previous
version does not know of.

Revision: 9c3a7d1e2f58
Follows: 8b2f6c0d1e47
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "9c3a7d1e2f58"
down_revision = "8b2f6c0d1e47"
branch_labels = None
depends_on = None

_MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "supporter_reviews",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("supporter", sa.Text(), nullable=False),
        sa.Column("age", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("settled", _MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "supporter", "age", name=op.f("pk_supporter_reviews")),
    )
    op.create_index(
        "ix_supporter_reviews_settled", "supporter_reviews", ["settled", "due"], unique=False
    )
    op.create_table(
        "upkeep_rounds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begun", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_upkeep_rounds")),
    )
    # The first round comes an hour after the upgrade, when all workers are of this version.
    op.execute("insert into upkeep_rounds (name, begun) values ('supporters', now())")


def downgrade() -> None:
    op.drop_table("upkeep_rounds")
    op.drop_index("ix_supporter_reviews_settled", table_name="supporter_reviews")
    op.drop_table("supporter_reviews")
