"""merges, links, and the side that a right is from

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). Two new tables, and a column with a
constant default. The previous version does not copy rights between linked people: let every worker
be new before the first merge is approved.

Revision: 7b2d91e5f0c4
Follows: 6b2f18c4d7a0
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "7b2d91e5f0c4"
down_revision = "6b2f18c4d7a0"
branch_labels = None
depends_on = None

_MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "merges",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("merge", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("proposed", _MOMENT, nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decision_words", sa.Text(), nullable=True),
        sa.Column("added", sa.Text(), nullable=True),
        sa.Column("undone", _MOMENT, nullable=True),
        sa.CheckConstraint("kind in ('merge', 'unmerge')", name=op.f("ck_merges_kind")),
        sa.CheckConstraint("part in ('source', 'target')", name=op.f("ck_merges_part")),
        sa.CheckConstraint("decision in ('approved', 'refused')", name=op.f("ck_merges_decision")),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_merges")),
    )
    op.create_index("ix_merges_id", "merges", ["id"], unique=False)
    op.create_table(
        "links",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("survives", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "other", name=op.f("pk_links")),
    )
    op.add_column("rights", sa.Column("side", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.execute("delete from rights where side <> ''")
    op.drop_column("rights", "side")
    op.drop_table("links")
    op.drop_index("ix_merges_id", table_name="merges")
    op.drop_table("merges")
