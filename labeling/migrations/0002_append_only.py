"""Answers, retractions, skips, guideline versions and events may be added and read, never changed."""

from django.db import migrations

TABLES = (
    "labeling_annotation", "labeling_retraction", "labeling_skip", "labeling_guidelineversion", "labeling_event",
)

FORWARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();\n"
    for table in TABLES
)

BACKWARD = "".join(f"DROP TRIGGER append_only ON {table};\n" for table in TABLES) + "DROP FUNCTION refuse_change();"


class Migration(migrations.Migration):
    dependencies = [("labeling", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
