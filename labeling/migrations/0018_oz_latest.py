from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0017_bar'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='reply',
            index=models.Index(fields=['wizard', '-id'], name='replies_of_wizards_latest'),
        ),
    ]
