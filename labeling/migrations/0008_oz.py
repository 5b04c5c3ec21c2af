"""Wizard-of-Oz experiments; what people answered, judged and gave back is never changed."""

import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


TABLES = ("labeling_reply", "labeling_handover", "labeling_feedback", "labeling_judgement")
FORWARD = "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();\n"
    for table in TABLES
)
BACKWARD = "".join(f"DROP TRIGGER append_only ON {table};\n" for table in TABLES)


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0007_renewal'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Experiment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=120)),
                ('goal', models.TextField(help_text="What the product's end users shall get, in the owner's words.")),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('running', 'Running'), ('ended', 'Ended'), ('graduated', 'Graduated')], default='draft', max_length=10)),
                ('presentation', models.CharField(choices=[('gallery', 'A gallery of what was chosen'), ('word', 'Each input with the answer it got')], default='gallery', max_length=8)),
                ('judging', models.CharField(choices=[('pair', 'Two outcomes side by side'), ('rating', 'One outcome, rated from 1 to 5')], default='pair', max_length=8)),
                ('overlap', models.PositiveSmallIntegerField(default=2, help_text='Wizards who answer each input of each variant.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('why', models.TextField(blank=True, help_text="Why this variant won, in the owner's words.")),
                ('guideline_number', models.PositiveIntegerField(help_text='The version that came of it.', null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='experiments', to='labeling.project')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Input',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=300)),
                ('origin', models.CharField(choices=[('uploaded', 'Uploaded'), ('sampled', 'Sampled from the items'), ('called', 'Came by the API')], max_length=8)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('blob', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.blob')),
                ('brought_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('experiment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inputs', to='labeling.experiment')),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.item')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.project')),
            ],
        ),
        migrations.CreateModel(
            name='Inquiry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('source', models.CharField(choices=[('wizard', 'People stand in for the model'), ('model', 'The promoted model'), ('hybrid', 'The model where it is sure enough, people where not')], max_length=8)),
                ('state', models.CharField(choices=[('thinking', 'With the model'), ('waiting', 'Waiting for a wizard'), ('leased', 'Before a wizard'), ('answered', 'Answered'), ('timed-out', 'Nobody answered in time'), ('ended', 'The experiment ended first')], max_length=9)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('leased_at', models.DateTimeField(null=True)),
                ('abandoned_at', models.DateTimeField(help_text='When the caller hung up; others are served first.', null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('caller', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('experiment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inquiries', to='labeling.experiment')),
                ('input', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inquiries', to='labeling.input')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.project')),
            ],
            options={
                'verbose_name_plural': 'inquiries',
            },
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('left', 'The wizard left'), ('silent', "The wizard's page fell silent"), ('passed', 'The wizard passed it on')], max_length=6)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('inquiry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handovers', to='labeling.inquiry')),
            ],
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(help_text='Made by the sender.')),
                ('useful', models.BooleanField(null=True)),
                ('rating', models.PositiveSmallIntegerField(null=True)),
                ('comment', models.CharField(blank=True, max_length=1000)),
                ('correction', models.CharField(blank=True, help_text='The class that would have been right.', max_length=80)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('inquiry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='feedback', to='labeling.inquiry')),
            ],
            options={
                'verbose_name_plural': 'feedback',
            },
        ),
        migrations.CreateModel(
            name='Precedent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clear', models.BooleanField(help_text='Every wizard said the same, and more than one did.')),
                ('votes', models.JSONField(help_text='Class name to number of wizards, as it stood.')),
                ('because', models.CharField(blank=True, max_length=300)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='precedents', to='labeling.experiment')),
                ('input', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='precedent', to='labeling.input')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.item')),
                ('label', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.label')),
            ],
        ),
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('said', models.CharField(help_text="The class's name.", max_length=80)),
                ('confidence', models.FloatField(help_text="The model's own.", null=True)),
                ('milliseconds', models.PositiveIntegerField(help_text='From being shown to the answer.')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('inquiry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reply', to='labeling.inquiry')),
                ('model_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.modelversion')),
                ('wizard', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'replies',
            },
        ),
        migrations.CreateModel(
            name='Seat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('wizard', 'Wizard'), ('rater', 'End user')], max_length=6)),
                ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='labeling.experiment')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='labeling.project')),
                ('source', models.CharField(choices=[('wizard', 'People stand in for the model'), ('model', 'The promoted model'), ('hybrid', 'The model where it is sure enough, people where not')], default='wizard', max_length=8)),
                ('threshold', models.FloatField(default=0.9, help_text='Confidence from which the model answers by itself (hybrid).')),
                ('patience', models.PositiveSmallIntegerField(default=30, help_text='Seconds that a caller is kept waiting before being told where to ask again.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)])),
                ('lasting', models.PositiveIntegerField(default=600, help_text='Seconds after which nobody answers any more.')),
                ('open_limit', models.PositiveIntegerField(default=500, help_text='Requests that may wait at once; more get 429.')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('threshold__gt', 0), ('threshold__lte', 1)), name='service_threshold_is_a_share'), models.CheckConstraint(condition=models.Q(('lasting__gte', models.F('patience'))), name='service_lasts_as_long_as_patience')],
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('began_at', models.DateTimeField(auto_now_add=True)),
                ('seen_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shifts', to='labeling.experiment')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='inquiry',
            name='shift',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inquiries', to='labeling.shift'),
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('letter', models.CharField(max_length=1)),
                ('question', models.CharField(max_length=300)),
                ('text', models.TextField(blank=True, help_text='Markdown.')),
                ('classes', models.JSONField(help_text='Names, keys, roles, and whether the product shows what got them: objects.')),
                ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='labeling.experiment')),
            ],
            options={
                'ordering': ['letter'],
            },
        ),
        migrations.CreateModel(
            name='Showing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_left', models.BooleanField(default=True, help_text='Drawn, so that each side comes up equally often.')),
                ('outcomes', models.JSONField(help_text='By variant, what each input got, as it stood: {id: [[input, class], ...]}.')),
                ('shown_at', models.DateTimeField(auto_now_add=True)),
                ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='showings', to='labeling.experiment')),
                ('rater', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('first', models.ForeignKey(help_text='The earlier letter.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.variant')),
                ('second', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.variant')),
            ],
        ),
        migrations.CreateModel(
            name='Judgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rating', models.PositiveSmallIntegerField(null=True)),
                ('comment', models.CharField(blank=True, max_length=1000)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('showing', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='judgement', to='labeling.showing')),
                ('choice', models.ForeignKey(help_text='None: a tie.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.variant')),
            ],
        ),
        migrations.AddField(
            model_name='inquiry',
            name='variant',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inquiries', to='labeling.variant'),
        ),
        migrations.AddField(
            model_name='experiment',
            name='winner',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.variant'),
        ),
        migrations.AddConstraint(
            model_name='input',
            constraint=models.UniqueConstraint(fields=('project', 'experiment', 'blob'), name='input_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='feedback',
            constraint=models.UniqueConstraint(fields=('user', 'key'), name='feedback_key_once'),
        ),
        migrations.AddConstraint(
            model_name='feedback',
            constraint=models.CheckConstraint(condition=models.Q(('rating', None), models.Q(('rating__gte', 1), ('rating__lte', 5)), _connector='OR'), name='feedback_rating_in_range'),
        ),
        migrations.AddConstraint(
            model_name='feedback',
            constraint=models.CheckConstraint(condition=models.Q(('useful__isnull', False), ('rating__isnull', False), models.Q(('comment', ''), _negated=True), models.Q(('correction', ''), _negated=True), _connector='OR'), name='feedback_says_something'),
        ),
        migrations.AddConstraint(
            model_name='reply',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('model_version', None), ('wizard__isnull', False)), models.Q(('model_version__isnull', False), ('wizard', None)), _connector='OR'), name='by_a_wizard_or_a_model'),
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.UniqueConstraint(fields=('experiment', 'user'), name='one_part_each'),
        ),
        migrations.AddIndex(
            model_name='shift',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['experiment', 'seen_at'], name='shifts_open'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.UniqueConstraint(fields=('experiment', 'letter'), name='variant_letter_once'),
        ),
        migrations.AddConstraint(
            model_name='showing',
            constraint=models.UniqueConstraint(fields=('experiment', 'rater', 'first', 'second'), name='shown_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='judgement',
            constraint=models.CheckConstraint(condition=models.Q(('rating', None), models.Q(('choice', None), ('rating__gte', 1), ('rating__lte', 5)), _connector='OR'), name='judgement_in_range'),
        ),
        migrations.AddIndex(
            model_name='inquiry',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['experiment', 'created_at'], name='inquiries_waiting'),
        ),
        migrations.AddIndex(
            model_name='inquiry',
            index=models.Index(condition=models.Q(('state', 'leased')), fields=['shift'], name='inquiries_leased'),
        ),
        migrations.AddIndex(
            model_name='inquiry',
            index=models.Index(condition=models.Q(('state__in', ['thinking', 'waiting', 'leased'])), fields=['project', 'expires_at'], name='inquiries_open'),
        ),
        migrations.AddConstraint(
            model_name='inquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('shift__isnull', False), ('state', 'leased')), models.Q(('state', 'leased'), _negated=True), _connector='OR'), name='leased_to_a_shift'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.UniqueConstraint(fields=('project', 'number'), name='experiment_number_once'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('project',), name='one_running_experiment'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.CheckConstraint(condition=models.Q(('overlap__gte', 1), ('overlap__lte', 20)), name='overlap_in_range'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'graduated'), _negated=True), ('winner__isnull', False), _connector='OR'), name='graduated_with_winner'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
