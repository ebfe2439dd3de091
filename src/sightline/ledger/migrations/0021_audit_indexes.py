from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0020_subject_access"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["actor", "seq"], name="audit_by_person"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["action", "seq"], name="audit_by_action"),
        ),
    ]
