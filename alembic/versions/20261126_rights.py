"""rights and labels

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py). A column with a constant default is
added without a rewrite. `whatmatters relationships rebuild` fills `rights` and `labels` from the
entries there are.

Revision: 5d1f0a7c9b3e
Follows: 1008c38a8e42
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "5d1f0a7c9b3e"
down_revision = "1008c38a8e42"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("resources", "resource_versions"):
        op.add_column(
            table, sa.Column("labels", sa.SmallInteger(), server_default="0", nullable=False)
        )
    op.create_table(
        "rights",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("says", sa.Boolean(), nullable=False),
        sa.Column("tie", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("covers_restricted", sa.Boolean(), nullable=False),
        sa.Column("classes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("entries", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("purposes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("low", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("high", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "type", "id", "version", "n", name=op.f("pk_rights")),
    )
    op.create_index("ix_rights_person_id_actor", "rights", ["person_id", "actor"], unique=False)
    op.create_index("ix_rights_actor_person_id", "rights", ["actor", "person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("rights")
    for table in ("resource_versions", "resources"):
        op.drop_column(table, "labels")
