"""emergencies, freezes, quarantines and notices

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). New tables alone, which the previous
version does not know of.

Revision: 5d1f4b7e2c90
Follows: 6c1d0f3a9b27
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "5d1f4b7e2c90"
down_revision = "6c1d0f3a9b27"
branch_labels = None
depends_on = None

_MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "emergencies",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("began", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("ended", _MOMENT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("reviewed", _MOMENT, nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_emergencies")),
    )
    op.create_index("ix_emergencies_id", "emergencies", ["id"], unique=False)
    op.create_index("ix_emergencies_reviewed", "emergencies", ["reviewed", "began"], unique=False)
    op.create_table(
        "notices",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.Column("delivered", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "addressee in ('person', 'privacy-officer')", name=op.f("ck_notices_addressee")
        ),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_addressee_made", "notices", ["addressee", "made"], unique=False)
    op.create_table(
        "freezes",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("lifted", _MOMENT, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_freezes")),
    )
    op.create_index(
        "ix_freezes_person_id",
        "freezes",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("lifted is null"),
    )
    op.create_table(
        "quarantines",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("quarantine", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made", _MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("lifted", _MOMENT, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "person_id", "type", "id", "quarantine", name=op.f("pk_quarantines")
        ),
    )
    op.create_index(
        "ix_quarantines_person_id_type_id",
        "quarantines",
        ["person_id", "type", "id"],
        unique=True,
        postgresql_where=sa.text("lifted is null"),
    )
    op.create_index("ix_quarantines_quarantine", "quarantines", ["quarantine"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_quarantines_quarantine", table_name="quarantines")
    op.drop_index("ix_quarantines_person_id_type_id", table_name="quarantines")
    op.drop_table("quarantines")
    op.drop_index("ix_freezes_person_id", table_name="freezes")
    op.drop_table("freezes")
    op.drop_index("ix_notices_addressee_made", table_name="notices")
    op.drop_table("notices")
    op.drop_index("ix_emergencies_reviewed", table_name="emergencies")
    op.drop_index("ix_emergencies_id", table_name="emergencies")
    op.drop_table("emergencies")
