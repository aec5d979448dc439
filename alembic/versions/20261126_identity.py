"""identity

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). A new table alone, which the
previous version does not know of.

Revision: 6a0e7d41c2b9
Follows: 5d1f4b7e2c90
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "6a0e7d41c2b9"
down_revision = "5d1f4b7e2c90"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_counts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("starts", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "key", "starts", name=op.f("pk_rate_counts")),
    )
    op.create_index("ix_rate_counts_ends", "rate_counts", ["ends"], unique=False)


def downgrade() -> None:
    op.drop_table("rate_counts")
