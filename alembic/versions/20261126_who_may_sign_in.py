"""who may sign in

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). New tables alone, which the previous
version does not know of.

Revision: 5d1c2f0a7b34
Follows: 5d1f0a7c9b3e
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "5d1c2f0a7b34"
down_revision = "5d1f0a7c9b3e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("jwks", sa.Text(), nullable=True),
        sa.Column("jwks_url", sa.Text(), nullable=True),
        sa.Column("created", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status in ('active', 'suspended', 'removed')", name=op.f("ck_clients_status")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_clients")),
    )
    op.create_index("ix_clients_mark", "clients", ["mark"], unique=False)
    op.create_table(
        "used_assertions",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("assertion_id", sa.Text(), nullable=False),
        sa.Column("expires", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "assertion_id", name=op.f("pk_used_assertions")),
    )
    op.create_index("ix_used_assertions_expires", "used_assertions", ["expires"], unique=False)
    op.create_table(
        "revoked_tokens",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("expires", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_revoked_tokens")),
    )
    op.create_index("ix_revoked_tokens_expires", "revoked_tokens", ["expires"], unique=False)
    op.create_index("ix_revoked_tokens_mark", "revoked_tokens", ["mark"], unique=False)
    op.create_table(
        "standing",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_standing")),
    )
    op.execute("insert into standing (name, mark) values ('sign-in', 0)")


def downgrade() -> None:
    op.drop_table("standing")
    op.drop_index("ix_revoked_tokens_mark", table_name="revoked_tokens")
    op.drop_index("ix_revoked_tokens_expires", table_name="revoked_tokens")
    op.drop_table("revoked_tokens")
    op.drop_index("ix_used_assertions_expires", table_name="used_assertions")
    op.drop_table("used_assertions")
    op.drop_index("ix_clients_mark", table_name="clients")
    op.drop_table("clients")
