import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0022_erasure_marks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Complaint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=64)),
                ("agency", models.CharField(blank=True, max_length=64)),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("access", "ACCESS"),
                            ("wrong", "WRONG"),
                            ("shared", "SHARED"),
                            ("read", "READ"),
                            ("kept", "KEPT"),
                            ("told", "TOLD"),
                            ("other", "OTHER"),
                        ],
                        max_length=32,
                    ),
                ),
                ("received_on", models.DateField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("lost_device", "LOST_DEVICE"),
                            ("wrong_hands", "WRONG_HANDS"),
                            ("account_misused", "ACCOUNT_MISUSED"),
                            ("read_without_need", "READ_WITHOUT_NEED"),
                            ("told_too_much", "TOLD_TOO_MUCH"),
                            ("attack", "ATTACK"),
                            ("lost_or_changed", "LOST_OR_CHANGED"),
                            ("other", "OTHER"),
                        ],
                        max_length=32,
                    ),
                ),
                ("agency", models.CharField(blank=True, max_length=64)),
                ("words", models.TextField()),
                ("happened_at", models.DateTimeField()),
                ("noticed_at", models.DateTimeField()),
                ("whose", models.CharField(blank=True, max_length=150)),
                ("until", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ComplaintStepTaken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("acknowledged", "ACKNOWLEDGED"),
                            ("noted", "NOTED"),
                            ("upheld", "UPHELD"),
                            ("partly_upheld", "PARTLY_UPHELD"),
                            ("not_upheld", "NOT_UPHELD"),
                        ],
                        max_length=32,
                    ),
                ),
                ("words", models.TextField()),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
                ("complaint", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="ledger.complaint")),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="IncidentStepTaken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contained", "CONTAINED"),
                            ("regulator_told", "REGULATOR_TOLD"),
                            ("not_reported", "NOT_REPORTED"),
                            ("people_told", "PEOPLE_TOLD"),
                            ("people_not_told", "PEOPLE_NOT_TOLD"),
                            ("noted", "NOTED"),
                            ("closed", "CLOSED"),
                        ],
                        max_length=32,
                    ),
                ),
                ("words", models.TextField()),
                ("happened_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
                ("incident", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="ledger.incident")),
            ],
            options={
                "ordering": ("id",),
            },
        ),
    ]
