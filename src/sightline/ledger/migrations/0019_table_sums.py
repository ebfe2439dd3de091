from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0018_erasure_of_rows"),
    ]

    operations = [
        migrations.CreateModel(
            name="TableSum",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("rows", models.BigIntegerField()),
                ("total", models.BigIntegerField()),
            ],
        ),
    ]
