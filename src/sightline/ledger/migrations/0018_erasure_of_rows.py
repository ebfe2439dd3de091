from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0017_subjects"),
    ]

    operations = [
        migrations.AddField(model_name="erasure", name="agency", field=models.CharField(blank=True, default="", max_length=64), preserve_default=False),
        migrations.AddField(model_name="erasure", name="mark", field=models.CharField(blank=True, default="", max_length=64), preserve_default=False),
    ]
