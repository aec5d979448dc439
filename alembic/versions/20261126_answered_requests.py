"""answered requests

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). A new table alone, which the
previous version does not know of.

Revision: 7b3e19c4d5a8
Follows: 6a0e7d41c2b9
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "7b3e19c4d5a8"
down_revision = "6a0e7d41c2b9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answered_requests",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("written", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("made", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "caller", "key", name=op.f("pk_answered_requests")),
    )
    op.create_index("ix_answered_requests_made", "answered_requests", ["made"], unique=False)


def downgrade() -> None:
    op.drop_table("answered_requests")
