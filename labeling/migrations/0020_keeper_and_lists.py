
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0019_taught'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='inquiry',
            name='keeper',
            field=models.CharField(blank=True, db_default='', default='', help_text='The process that keeps the caller.', max_length=40),
        ),
        migrations.AddField(
            model_name='inquiry',
            name='kept_until',
            field=models.DateTimeField(help_text='By then the caller is told where to ask again.', null=True),
        ),
        migrations.AlterField(
            model_name='item',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='labeling.project'),
        ),
        migrations.AlterField(
            model_name='uploadedfile',
            name='upload',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='files', to='labeling.upload'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(fields=['project', 'id'], name='item_by_project'),
        ),
        migrations.AddIndex(
            model_name='uploadedfile',
            index=models.Index(fields=['upload', 'id'], name='file_by_upload'),
        ),
        migrations.AddIndex(
            model_name='uploadedfile',
            index=models.Index(fields=['upload', 'outcome', 'id'], name='file_by_outcome'),
        ),
    ]
