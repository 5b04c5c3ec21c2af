"""Gold, how far people are trusted, and the rules about them; what a rule found is never changed."""

import django.contrib.postgres.fields
import django.db.models.deletion
import labeling.assignments.models
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON labeling_finding FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = "DROP TRIGGER append_only ON labeling_finding;"


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0003_discounted_member'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.CharField(choices=[('gold_accuracy', 'Too few right on gold'), ('same_answer', 'One answer to everything, beyond what others give it'), ('too_fast', 'Answers faster than possible'), ('copies', 'Accepts suggestions beyond what the same person says when blind'), ('accepts_wrong', 'Accepts suggestions that gold knows to be wrong')], max_length=14)),
                ('act', models.CharField(choices=[('warn', 'Warn'), ('pause', 'Pause'), ('retrain', 'Repeat the quiz')], max_length=8)),
                ('threshold', models.FloatField()),
                ('milliseconds', models.PositiveIntegerField(help_text='What counts as too fast.', null=True)),
                ('least', models.PositiveSmallIntegerField(help_text='Answers below which it never acts.')),
                ('active', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='TrustPolicy',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='trust_policy', serialize=False, to='labeling.project')),
                ('gold_shares', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=labeling.assignments.models.thinning, help_text='Share of gold after 0, 1, 2 ... times `gold_step` answers.', size=None)),
                ('gold_step', models.PositiveSmallIntegerField(default=20, help_text='Answers to gold until the next share holds.')),
                ('quiz_items', models.PositiveSmallIntegerField(default=0, help_text='Gold that a newcomer begins with; 0: no quiz.')),
                ('quiz_mark', models.FloatField(default=0.8, help_text='Share of them that must be right.')),
                ('quiz_limit', models.PositiveSmallIntegerField(default=20, help_text='Answers after which the quiz is failed.')),
                ('feedback_after', models.PositiveSmallIntegerField(help_text='People are told their share after each batch of so many gold answers; empty: never.', null=True)),
                ('judged_through', models.BigIntegerField(default=0, help_text='The last answer that the rules have looked at.')),
            ],
            options={
                'verbose_name_plural': 'trust policies',
            },
        ),
        migrations.CreateModel(
            name='Clearance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('quiz', 'In the entry quiz'), ('cleared', 'Cleared'), ('paused', 'Paused')], max_length=10)),
                ('reason', models.CharField(blank=True, help_text='Why it is so, for the person to read.', max_length=300)),
                ('since', models.DateTimeField(help_text='Rules look at answers from then on.')),
                ('quiz_since', models.DateTimeField(null=True)),
                ('passed_at', models.DateTimeField(null=True)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.project')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('warn', 'Warn'), ('pause', 'Pause'), ('retrain', 'Repeat the quiz')], max_length=8)),
                ('threshold', models.FloatField()),
                ('figure', models.FloatField()),
                ('low', models.FloatField()),
                ('high', models.FloatField()),
                ('count', models.PositiveIntegerField(help_text='Answers that the figure is of.')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.project')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Gold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('owner', 'Given by the owner'), ('consensus', 'Promoted from what people agreed on')], max_length=10)),
                ('created_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='gold', to='labeling.item')),
                ('label', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.label')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.project')),
            ],
            options={
                'verbose_name_plural': 'gold',
            },
        ),
        migrations.AddField(
            model_name='lease',
            name='gold',
            field=models.ForeignKey(help_text='Granted to see how well people answer.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.gold'),
        ),
        migrations.AddIndex(
            model_name='lease',
            index=models.Index(condition=models.Q(('gold__isnull', False)), fields=['user', 'project', 'state'], name='gold_leases'),
        ),
        migrations.AddField(
            model_name='rule',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.project'),
        ),
        migrations.AddField(
            model_name='finding',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.rule'),
        ),
        migrations.AddConstraint(
            model_name='trustpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('quiz_mark__gt', 0), ('quiz_mark__lte', 1)), name='quiz_mark_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='trustpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('quiz_limit__gte', models.F('quiz_items'))), name='quiz_limit_allows_to_pass'),
        ),
        migrations.AddConstraint(
            model_name='trustpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('gold_step__gte', 1)), name='gold_step_positive'),
        ),
        migrations.AddConstraint(
            model_name='clearance',
            constraint=models.UniqueConstraint(fields=('project', 'user'), name='clearance_once'),
        ),
        migrations.AddIndex(
            model_name='gold',
            index=models.Index(condition=models.Q(('retired_at', None)), fields=['project'], name='gold_in_use'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.UniqueConstraint(fields=('project', 'measure', 'act'), name='rule_once'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gt', 0), ('threshold__lt', 1)), name='rule_threshold_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('least__gte', 5)), name='rule_needs_answers'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('measure', 'too_fast'), _negated=True), ('milliseconds__isnull', False), _connector='OR'), name='too_fast_says_how_fast'),
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(fields=['project', 'user', 'rule', '-at'], name='finding_by_person'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
