from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0005_link_calibration'),
    ]

    operations = [
        migrations.AddField(
            model_name='linkage',
            name='places',
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
