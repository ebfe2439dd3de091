from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0011_output_checking'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='is_invented',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='user',
            name='session_epoch',
            field=models.PositiveIntegerField(default=0),
        ),
    ]
