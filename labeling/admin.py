"""Index of the admin: each room's part."""

from labeling.annotations.admin import AnnotationAdmin
from labeling.audit.admin import EventAdmin
from labeling.datasets.admin import SnapshotAdmin
from labeling.guidelines.admin import GuidelineVersionAdmin
from labeling.items.admin import ItemAdmin
from labeling.projects.admin import ProjectAdmin
from labeling.registry.admin import ModelVersionAdmin
from labeling.training.admin import RunAdmin

__all__ = [
    "AnnotationAdmin", "EventAdmin", "GuidelineVersionAdmin", "ItemAdmin", "ModelVersionAdmin", "ProjectAdmin",
    "RunAdmin", "SnapshotAdmin",
]  # fmt: skip
