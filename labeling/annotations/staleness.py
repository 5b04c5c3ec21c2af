"""Answers given under versions of the guideline that no longer hold for them."""

from collections.abc import Mapping

from django.db.models import Q

Labels = frozenset[int] | None  # None: all


def given_under(versions: Mapping[int, Labels]) -> Q:
    """Answers under these versions that say one of the labels, or reject one."""
    found = Q(pk__in=[])
    for version_id, labels in versions.items():
        told = Q() if labels is None else Q(label__in=labels) | Q(rejected__in=labels)
        found |= Q(guideline_version=version_id) & told
    return found
