"""accounts and sessions of people who sign in

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). New tables alone, which the previous
version does not know of.

Revision: 6b2f18c4d7a0
Follows: 7b3e19c4d5a8
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "6b2f18c4d7a0"
down_revision = "7b3e19c4d5a8"
branch_labels = None
depends_on = None

_MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_accounts")),
    )
    op.create_index(
        "ix_accounts_person_id_issuer", "accounts", ["person_id", "issuer"], unique=True
    )
    op.create_table(
        "sessions",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("used", _MOMENT, nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_id", "sessions", ["id"], unique=False)
    op.create_index("ix_sessions_used", "sessions", ["used"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_sessions_used", table_name="sessions")
    op.drop_index("ix_sessions_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_accounts_person_id_issuer", table_name="accounts")
    op.drop_table("accounts")
