"""The SQL that fills a project: items, suggestions, and as many answers as there are items, with what belongs to them.

Of each hundred items forty have two answers, four have five that differ, one is skipped by somebody and the others
wait; one in two hundred is gold, one in ten judges the model. Answers are spread over 3.5 days. Verdicts are made
up, until a full pass works them out.
"""

LABEL = "%(labels)s::bigint[]"
# What a person says: right in 85 of 100, of the four hard ones in 40.
SAID = f"""
CREATE TEMP TABLE said AS
SELECT n, place, person, arm, attempt_at,
    ({LABEL})[1 + CASE WHEN luck < CASE WHEN n %% 100 >= 40 THEN 0.4 ELSE 0.85 END THEN n %% 10
        ELSE (n + 1 + floor(9 * other)::int) %% 10 END] AS label
FROM (
    SELECT n, row_number() OVER (ORDER BY n / 100, j, n) AS place,
        %(people)s::int + ((n * 13 + j * 41 + n / 197) %% 190)::int AS person, random() AS luck, random() AS other,
        CASE WHEN random() < 0.85 THEN 'suggested' ELSE 'blind' END AS arm,
        now() - interval '3.5 days' * (1 - n::float8 / %(size)s) AS attempt_at
    FROM generate_series(1, %(size)s::bigint) n CROSS JOIN generate_series(0, 4) j
    WHERE n %% 100 < 40 AND j < 2 OR n %% 100 BETWEEN 40 AND 43
) t
"""

ITEMS = """
INSERT INTO labeling_blob (sha256, size, format, content_type, fingerprint, width, height, created_at, derived_at,
    derive_tries)
SELECT sha, 1000, 'png', 'image/png', sha, 28, 28, now(), now(), 0
FROM (SELECT encode(sha256((%(project)s || '-' || n)::bytea), 'hex') AS sha FROM generate_series(1, %(size)s) n) t;
INSERT INTO labeling_item (id, project_id, blob_id, name, metadata, "group", heldout, fold, state, fault, created_at,
    admitted_at)
SELECT %(item)s + n, %(project)s, encode(sha256((%(project)s || '-' || n)::bytea), 'hex'), 'picture ' || n || '.png',
    '{}', n::text, n %% 10 = 3, n %% 5, CASE WHEN n %% 1000 = 99 THEN 'faulty' WHEN n %% 1000 = 98 THEN 'excluded'
    ELSE 'ready' END, '', now(), now()
FROM generate_series(1, %(size)s::bigint) n;
INSERT INTO labeling_suggestion (id, item_id, model_version_id, probabilities, label_id, confidence, out_of_fold)
SELECT %(suggestion)s + n, %(item)s + n, %(version)s,
    array_fill((1 - sure) / 9, ARRAY[n %% 10]) || sure || array_fill((1 - sure) / 9, ARRAY[9 - n %% 10]),
    (%(labels)s::bigint[])[1 + n %% 10], sure, true
FROM (SELECT n::int AS n, 0.3 + 0.69 * random() AS sure FROM generate_series(1, %(size)s::bigint) n) t;
INSERT INTO labeling_upload (project_id, actor_id, name, state, reason, source, received, mark, total, ignored,
    created_at, heartbeat_at, finished_at, deaths, reading)
VALUES (%(project)s, %(owner)s, 'all.zip', 'done', '', '', 0, '', %(size)s, 0, now(), now(), now(), 0, '');
INSERT INTO labeling_uploadedfile (upload_id, path, outcome, reason, item_id)
SELECT currval('labeling_upload_id_seq'), n || '.png', 'added', '', %(item)s + n
FROM generate_series(1, %(size)s::bigint) n;
"""

GOLD = """
INSERT INTO labeling_gold (id, item_id, project_id, label_id, source, author_id, created_at)
SELECT %(gold)s + n, %(item)s + n, %(project)s, (%(labels)s::bigint[])[1 + n %% 10], 'owner', %(owner)s, now()
FROM generate_series(200, %(size)s::bigint, 200) n;
"""

ANSWERS = """
INSERT INTO labeling_lease (id, project_id, item_id, user_id, state, arm, arm_probability, suggestion_id, withheld_id,
    guideline_version_id, settles, gold_id, claimed_at, expires_at, closed_at)
SELECT %(lease)s + place, %(project)s, %(item)s + n, person, CASE WHEN place %% 200 = 0 THEN 'released' ELSE 'answered'
    END, arm, CASE arm WHEN 'blind' THEN 0.15 ELSE 0.85 END,
    CASE arm WHEN 'blind' THEN NULL ELSE %(suggestion)s + n END,
    CASE arm WHEN 'blind' THEN %(suggestion)s + n END, %(guideline)s, false,
    CASE WHEN n %% 200 = 0 THEN %(gold)s + n END, attempt_at - interval '2 s', attempt_at + interval '60 s', attempt_at
FROM said ORDER BY place;
INSERT INTO labeling_annotation (id, project_id, item_id, user_id, lease_id, attempt, label_id, key, arm,
    arm_probability, suggestion_id, guideline_version_id, milliseconds, answered_at, stored_at)
SELECT %(answer)s + place, %(project)s, %(item)s + n, person, %(lease)s + place, 1, label, gen_random_uuid(), arm,
    CASE arm WHEN 'blind' THEN 0.15 ELSE 0.85 END, CASE arm WHEN 'blind' THEN NULL ELSE %(suggestion)s + n END,
    %(guideline)s, 500 + (place * 7919) %% 3000, attempt_at, attempt_at
FROM said ORDER BY place;
INSERT INTO labeling_retraction (annotation_id, actor_id, at)
SELECT %(answer)s + place, person, attempt_at FROM said WHERE place %% 200 = 0;
INSERT INTO labeling_lease (id, project_id, item_id, user_id, state, arm, arm_probability, guideline_version_id,
    settles, claimed_at, expires_at, closed_at)
SELECT %(lease)s + 2 * %(size)s + n, %(project)s, %(item)s + n, %(people)s + n / 100 %% 190, 'skipped', 'blind', 0.15,
    %(guideline)s, false, now(), now(), now() FROM generate_series(50, %(size)s::bigint, 100) n;
INSERT INTO labeling_skip (lease_id, key, reason, note, at)
SELECT %(lease)s + 2 * %(size)s + n, gen_random_uuid(), CASE WHEN n %% 1000 = 50 THEN 'unclear' ELSE 'other' END, '',
    now() FROM generate_series(50, %(size)s::bigint, 100) n;
"""

VERDICTS = """
INSERT INTO labeling_consensus (item_id, project_id, fit_id, probabilities, label_id, confidence, answers, verdict,
    by_expert, auto, updated_at, verified_at)
SELECT %(item)s + n, %(project)s, %(fit)s, array_fill((1 - sure) / 9, ARRAY[n %% 10]) || sure
    || array_fill((1 - sure) / 9, ARRAY[9 - n %% 10]), (%(labels)s::bigint[])[1 + n %% 10], sure,
    CASE WHEN n %% 100 < 40 THEN 2 ELSE 5 END, verdict, false, false, now(),
    CASE verdict WHEN 'verified' THEN now() - interval '3.5 days' * (1 - n::float8 / %(size)s) END
FROM (
    SELECT n::int AS n, CASE WHEN n %% 100 < 38 THEN 0.9 + 0.09 * random() ELSE 0.4 + 0.4 * random() END AS sure,
        CASE WHEN n %% 100 < 38 THEN 'verified' WHEN n %% 100 < 40 THEN 'open' ELSE 'disputed' END AS verdict
    FROM generate_series(1, %(size)s::bigint) n WHERE n %% 100 < 44
) t;
INSERT INTO labeling_queueentry (item_id, project_id, priority, wanted, leased, audience)
SELECT %(item)s + n, %(project)s, random(),
    CASE WHEN n %% 100 < 38 THEN 0 WHEN n %% 10 = 3 THEN 3 ELSE 1 END, 0,
    CASE WHEN n %% 100 BETWEEN 40 AND 43 THEN 'expert' ELSE 'anyone' END
FROM generate_series(1, %(size)s::bigint) n ORDER BY random();
"""

NUMBERED = {
    "item": "labeling_item", "suggestion": "labeling_suggestion", "gold": "labeling_gold", "lease": "labeling_lease",
    "answer": "labeling_annotation",
}  # fmt: skip
