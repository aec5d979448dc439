"""invitations and sign-ins of supporters

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). New tables alone, which the previous
version does not know of.

Revision: 8b2f6c0d1e47
Follows: 7b2d91e5f0c4
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "8b2f6c0d1e47"
down_revision = "7b2d91e5f0c4"
branch_labels = None
depends_on = None

_MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "supporter_invitations",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("supporter", sa.Text(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.Column("settled", _MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_supporter_invitations")),
    )
    op.create_index(
        "ix_supporter_invitations_code", "supporter_invitations", ["code"], unique=False
    )
    op.create_index(
        "ix_supporter_invitations_settled",
        "supporter_invitations",
        ["settled", "expires"],
        unique=False,
    )
    op.create_table(
        "supporter_accounts",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("supporter", sa.Text(), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(
            "person_id", "issuer", "subject", "supporter", name=op.f("pk_supporter_accounts")
        ),
    )
    op.create_index(
        "ix_supporter_accounts_issuer_subject",
        "supporter_accounts",
        ["issuer", "subject"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_supporter_accounts_issuer_subject", table_name="supporter_accounts")
    op.drop_table("supporter_accounts")
    op.drop_index("ix_supporter_invitations_settled", table_name="supporter_invitations")
    op.drop_index("ix_supporter_invitations_code", table_name="supporter_invitations")
    op.drop_table("supporter_invitations")
