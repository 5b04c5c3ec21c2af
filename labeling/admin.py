"""Index of the admin: each room's part."""

from labeling.annotations.admin import AnnotationAdmin, FindingAdmin, RuleAdmin
from labeling.assignments.admin import ClearanceAdmin, GoldAdmin, TrustPolicyAdmin
from labeling.audit.admin import EventAdmin
from labeling.datasets.admin import SnapshotAdmin
from labeling.guidelines.admin import GuidelineVersionAdmin
from labeling.items.admin import ItemAdmin
from labeling.projects.admin import ProjectAdmin
from labeling.registry.admin import ModelVersionAdmin
from labeling.training.admin import RunAdmin

__all__ = [
    "AnnotationAdmin", "ClearanceAdmin", "EventAdmin", "FindingAdmin", "GoldAdmin", "GuidelineVersionAdmin",
    "ItemAdmin", "ModelVersionAdmin", "ProjectAdmin", "RuleAdmin", "RunAdmin", "SnapshotAdmin", "TrustPolicyAdmin",
]  # fmt: skip
