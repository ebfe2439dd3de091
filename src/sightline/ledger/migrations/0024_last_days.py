from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0023_registers"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="role_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="trained_until",
            field=models.DateField(null=True),
        ),
    ]
