import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0021_audit_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasureMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.CharField(max_length=64)),
                (
                    "erasure",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="marks", to="ledger.erasure"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("erasure", "mark"), name="each_mark_once_in_an_erasure")],
            },
        ),
    ]
