"""Static files named by a hash of their content, so that browsers keep them for good."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between our ES modules, which would otherwise miss their hashes."""

    support_js_module_import_aggregation = True
