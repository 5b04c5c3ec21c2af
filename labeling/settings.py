"""Every setting of Emerald, from the environment, with its default.

Without DATABASE_URL and BROKER_URL, `manage.py serve` runs a PostgreSQL and a Valkey of its own in the data folder.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

from labeling import environment
from labeling.supervisor.folder import DataFolder
from ml.versions import BACKBONE, PICTURES

BASE_DIR = Path(__file__).resolve().parent.parent

# Where everything lies that must be kept: the embedded servers' files, media, the signing key.
EMERALD_DATA = DataFolder(Path(environment.text("EMERALD_DATA", str(BASE_DIR / ".emerald"))).resolve())

# Tracebacks in the browser; never in production.
DEBUG = environment.flag("EMERALD_DEBUG", False)

# Signs sessions and links. Unset: one is made on first use and kept in the data folder.
SECRET_KEY = environment.text("EMERALD_SECRET_KEY", "") or EMERALD_DATA.secret_key()

# Host names that the server answers to, separated by commas.
ALLOWED_HOSTS = environment.words("EMERALD_HOSTS", "localhost,127.0.0.1,[::1]")

# Origins (with scheme) whose forms are trusted, where a proxy stands before the server.
CSRF_TRUSTED_ORIGINS = environment.words("EMERALD_ORIGINS", "")

# Behind TLS: secure cookies, HSTS, plain requests redirected. Proxies must set X-Forwarded-Proto.
HTTPS = environment.flag("EMERALD_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = environment.whole("EMERALD_HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_htmx",
    "axes",
    "csp",
    "django_celery_beat",
    "labeling",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "labeling.problem_pages.ProblemPages",
]

ROOT_URLCONF = "labeling.urls"
WSGI_APPLICATION = "labeling.wsgi.application"
# Pages and short calls at once in one web process behind labeling.asgi; most of their time they wait for the database.
WEB_THREADS = environment.whole("EMERALD_WEB_THREADS", 4, least=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# postgresql://user:password@host:port/name. Unset: the embedded server's socket in the data folder.
DATABASES = {"default": environment.database(environment.text("DATABASE_URL", EMERALD_DATA.database_url))}
# Seconds for which each thread of a web process keeps its connection: what it planned when tables were smaller goes
# with it. 0 opens one per request, as workers and commands do. No pool: after the database was away a pool waits ever
# longer before it tries again, and people wait with it.
DATABASES["default"]["CONN_MAX_AGE"] = environment.whole("EMERALD_DATABASE_KEPT", 0)
# The statements of claiming and answering are planned once a connection; off behind a pooler (PgBouncer, say) that
# gives each transaction another connection.
PREPARED_STATEMENTS = environment.flag("EMERALD_PREPARED_STATEMENTS", True)
if PREPARED_STATEMENTS:
    # Their values never change which plan is right; left to guess, PostgreSQL plans most of them anew each time, which
    # costs more than running them. And none runs so long that compiling it would pay.
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 5  # of any number; None, Django's default, forbids them all
    given = DATABASES["default"]["OPTIONS"].get("options", "")
    DATABASES["default"]["OPTIONS"]["options"] = f"{given} -c plan_cache_mode=force_generic_plan -c jit=off".strip()

# Celery's broker, redis://host:port/0. Unset: the embedded Valkey's socket in the data folder.
CELERY_BROKER_URL = environment.text("BROKER_URL", EMERALD_DATA.broker_url)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True  # a task whose worker dies is run again: tasks are safe to run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # one long training must not hold short tasks back behind it
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5  # seconds until a schedule changed in the database is seen
# Each task asks which rows are ripe, so that a lost message heals on the next tick. Seconds.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "tend uploads": {"task": "labeling.items.tasks.tend_uploads", "schedule": 2.0, "options": {"expires": 2}},
    "derive": {"task": "labeling.items.tasks.derive_waiting", "schedule": 2.0, "options": {"expires": 2}},
    "tend queues": {"task": "labeling.assignments.tasks.tend_queues", "schedule": 2.0, "options": {"expires": 2}},
    "judge people": {"task": "labeling.annotations.tasks.judge_people", "schedule": 15.0, "options": {"expires": 15}},
    "refit people": {"task": "labeling.consensus.tasks.refit_ripe_projects", "schedule": 10.0,
                     "options": {"expires": 10}},
    "redirect items": {"task": "labeling.consensus.tasks.redirect_projects", "schedule": 10.0,
                       "options": {"expires": 10}},
    "renew for guidelines": {"task": "labeling.consensus.tasks.renew_projects", "schedule": 5.0,
                             "options": {"expires": 5}},
    "audit early labels": {"task": "labeling.consensus.tasks.audit_early_labels", "schedule": 15.0,
                           "options": {"expires": 15}},
    "tend questions": {"task": "labeling.reports.tasks.tend_questions", "schedule": 5.0, "options": {"expires": 5}},
    "embed new items": {"task": "labeling.embeddings.tasks.embed_new_items", "schedule": 5.0,
                        "options": {"expires": 5}},
    "tend runs": {"task": "labeling.training.tasks.tend_runs", "schedule": 5.0, "options": {"expires": 5}},
    "refit heads": {"task": "labeling.training.tasks.refit_ripe_heads", "schedule": 5.0, "options": {"expires": 5}},
    "suggest for new items": {"task": "labeling.training.tasks.suggest_for_new_items", "schedule": 5.0,
                              "options": {"expires": 5}},
    "keep figures": {"task": "labeling.studio.tasks.keep_figures", "schedule": 10.0, "options": {"expires": 10}},
    "order queues": {"task": "labeling.selection.tasks.rank_ripe_projects", "schedule": 3.0,
                     "options": {"expires": 3}},
    "tend inquiries": {"task": "labeling.oz.tasks.tend", "schedule": 2.0, "options": {"expires": 2}},
    "wake the model": {"task": "labeling.oz.tasks.wake_model_if_needed", "schedule": 2.0, "options": {"expires": 2}},
}

# Long tasks have a queue of their own, whose worker does one at a time: no upload waits for them.
CELERY_TASK_ROUTES = {
    name: {"queue": "slow"}
    for name in (
        "labeling.embeddings.tasks.embed_new_items",
        "labeling.training.tasks.explain",
        "labeling.training.tasks.retrain",
        "labeling.training.tasks.suggest_for_new_items",
    )
} | {
    # Callers wait for these: no training may stand before them.
    "labeling.oz.tasks.answer_by_model": {"queue": "live"},
}

# What the model sees of pictures, a name of `ml.versions`: the second one is clearly better and takes five times the
# time to compute. Models made for the other one are asked no more; the next retrain makes a new one.
PICTURE_FEATURES = environment.one_of("EMERALD_PICTURE_FEATURES", BACKBONE, PICTURES)

# Where uploads go: any Django storage class, its options as a JSON object.
MEDIA_BACKEND = environment.text("EMERALD_MEDIA_BACKEND", "labeling.items.storage.WholeFiles")
MEDIA_ROOT = EMERALD_DATA.media
# File names with a hash of their content, compressed, as `collectstatic` leaves them; off while developing.
STATIC_HASHED = environment.flag("EMERALD_STATIC_HASHED", not DEBUG)
STATIC_URL = "static/"
STATIC_ROOT = Path(environment.text("EMERALD_STATIC_ROOT", str(EMERALD_DATA.static)))
STORAGES = {
    "default": {"BACKEND": MEDIA_BACKEND, "OPTIONS": environment.table("EMERALD_MEDIA_OPTIONS")},
    "staticfiles": {
        "BACKEND": "labeling.static_files.HashedFiles"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_HASHED
# What the pages load from node_modules, by the name under static/vendor/.
VENDOR = {"wavesurfer": "wavesurfer.js/dist", "uplot": "uplot/dist", "htmx": "htmx.org/dist"}
STATICFILES_DIRS = [
    (f"vendor/{name}", BASE_DIR / "node_modules" / folder)
    for name, folder in VENDOR.items()
    if (BASE_DIR / "node_modules" / folder).is_dir()
]
# The largest zip that is taken in, whole or in pieces.
EMERALD_MAX_ZIP_BYTES = environment.whole("EMERALD_MAX_ZIP_GB", 50, least=1) * 2**30
# Uploads stream to disk; the rooms check sizes themselves. A zip's form has few fields, a folder's one for each file.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20
DATA_UPLOAD_MAX_NUMBER_FILES = 20_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 40_000

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "sign-in"
CSRF_FAILURE_VIEW = "labeling.problem_pages.stale_form"
LOGIN_REDIRECT_URL = "projects"
LOGOUT_REDIRECT_URL = "sign-in"
# After this many wrong passwords for one name from one address, further ones are refused for a while.
AXES_FAILURE_LIMIT = environment.whole("EMERALD_SIGN_IN_TRIES", 5, least=1)
AXES_COOLOFF_TIME = timedelta(minutes=environment.whole("EMERALD_SIGN_IN_PAUSE_MINUTES", 15, least=1))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "labeling.projects.sign_in.locked_out"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 100,
    "DEFAULT_SCHEMA_CLASS": "labeling.schema.RoomSchema",
    "EXCEPTION_HANDLER": "labeling.errors.problem_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Emerald",
    "DESCRIPTION": "A human-in-the-loop labeling server.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "ExperimentStateEnum": "labeling.oz.models.ExperimentState",
        "ItemStateEnum": "labeling.items.models.ItemState",
        "LabelRoleEnum": "labeling.projects.models.LabelRole",
        "MemberRoleEnum": "labeling.projects.models.Role",
        "ModelStateEnum": "labeling.registry.models.ModelState",
        "RunStateEnum": "labeling.training.models.RunState",
        "ThreadStateEnum": "labeling.reports.models.ThreadState",
        "UploadStateEnum": "labeling.items.models.UploadState",
    },
}

LANGUAGE_CODE = "en"
TIME_ZONE = environment.text("EMERALD_TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

# The least severe messages that are written to stderr.
LOG_LEVEL = environment.text("EMERALD_LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Refusals are answers, told to those whom they concern: a full queue would write a line for each of thousands.
    "loggers": {"django.request": {"level": "ERROR"}},
}
