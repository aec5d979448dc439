"""the record

Safety: must run beside the previous version of the service (expand, backfill, contract);
no table rewrite, no long lock (lock_timeout is set in env.py).

Revision: 1008c38a8e42
Follows:
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "1008c38a8e42"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "audit_events",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("updated", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("tokens", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "id", name=op.f("pk_audit_events")),
    )
    op.create_index(
        "ix_audit_events_person_id_updated", "audit_events", ["person_id", "updated"], unique=False
    )
    op.create_index("ix_audit_events_updated", "audit_events", ["updated"], unique=False)
    op.create_index("ix_audit_events_id", "audit_events", ["id"], unique=False)
    op.create_table(
        "changes",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("updated", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "n", name=op.f("pk_changes")),
    )
    op.create_table(
        "index_dates",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("low", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("high", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("pair", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "person_id", "type", "id", "version", "parameter", "n", name=op.f("pk_index_dates")
        ),
    )
    op.create_index(
        "ix_index_dates_high", "index_dates", ["type", "parameter", "high"], unique=False
    )
    op.create_index("ix_index_dates_low", "index_dates", ["type", "parameter", "low"], unique=False)
    op.create_table(
        "index_numbers",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("low", sa.Numeric(), nullable=True),
        sa.Column("high", sa.Numeric(), nullable=True),
        sa.Column("system", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("pair", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "person_id", "type", "id", "version", "parameter", "n", name=op.f("pk_index_numbers")
        ),
    )
    op.create_index(
        "ix_index_numbers_high", "index_numbers", ["type", "parameter", "high"], unique=False
    )
    op.create_index(
        "ix_index_numbers_low", "index_numbers", ["type", "parameter", "low"], unique=False
    )
    op.create_table(
        "index_strings",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("normalised", sa.Text(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=False),
        sa.Column("pair", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "person_id", "type", "id", "version", "parameter", "n", name=op.f("pk_index_strings")
        ),
    )
    op.create_index(
        "ix_index_strings_normalised",
        "index_strings",
        ["type", "parameter", "normalised"],
        unique=False,
        postgresql_ops={"normalised": "text_pattern_ops"},
    )
    op.create_table(
        "locators",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("type", "id", name=op.f("pk_locators")),
    )
    op.create_table(
        "resource_versions",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("tokens", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "person_id", "type", "id", "version", name=op.f("pk_resource_versions")
        ),
    )
    op.create_index(
        "ix_resource_versions_updated_type", "resource_versions", ["updated", "type"], unique=False
    )
    op.create_table(
        "resources",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("tokens", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "type", "id", name=op.f("pk_resources")),
    )
    op.create_index(
        "ix_resources_tokens",
        "resources",
        ["tokens"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "64"},
    )
    op.create_index("ix_resources_type_id", "resources", ["type", "id"], unique=False)
    op.create_index("ix_resources_updated_type", "resources", ["updated", "type"], unique=False)


def downgrade() -> None:

    op.drop_index("ix_resources_updated_type", table_name="resources")
    op.drop_index("ix_resources_type_id", table_name="resources")
    op.drop_index("ix_resources_tokens", table_name="resources", postgresql_using="gin")
    op.drop_table("resources")
    op.drop_index("ix_resource_versions_updated_type", table_name="resource_versions")
    op.drop_table("resource_versions")
    op.drop_table("locators")
    op.drop_index(
        "ix_index_strings_normalised",
        table_name="index_strings",
        postgresql_ops={"normalised": "text_pattern_ops"},
    )
    op.drop_table("index_strings")
    op.drop_index("ix_index_numbers_high", table_name="index_numbers")
    op.drop_index("ix_index_numbers_low", table_name="index_numbers")
    op.drop_table("index_numbers")
    op.drop_index("ix_index_dates_low", table_name="index_dates")
    op.drop_index("ix_index_dates_high", table_name="index_dates")
    op.drop_table("index_dates")
    op.drop_table("changes")
    op.drop_index("ix_audit_events_id", table_name="audit_events")
    op.drop_index("ix_audit_events_updated", table_name="audit_events")
    op.drop_index("ix_audit_events_person_id_updated", table_name="audit_events")
    op.drop_table("audit_events")
