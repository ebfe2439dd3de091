import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0013_token_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='BundleRecord',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('profile', models.CharField(max_length=64)),
                ('profile_version', models.CharField(max_length=16)),
                ('digest', models.CharField(max_length=64)),
                ('released', models.CharField(max_length=64)),
                ('attack', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=150)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bundles', to='ledger.releaserecord')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
