"""Static files named by a hash of their content, so that browsers keep them for good."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

OUR_MODULES = "js/*.js"  # below labeling/static; packages of others are left as they are
RELATIVE_IMPORT = (
    r"""(?P<matched>(?P<head>\b(?:import|export)\b[^'"`;]*?\bfrom\s*|\bimport\s*\(?\s*)["'](?P<url>\.{1,2}/[^"']+)["'])"""
)


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between our ES modules, which would otherwise go by names without a hash."""

    # A pass settles one more level of imports, and the last one sees that nothing changed any more.
    max_post_process_passes = 12

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (OUR_MODULES, ((RELATIVE_IMPORT, '%(head)s"%(url)s"'),)),
    )
