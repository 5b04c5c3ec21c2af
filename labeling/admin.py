"""Index of the admin: each room's part."""

from labeling.annotations.admin import AnnotationAdmin, FindingAdmin, RuleAdmin
from labeling.assignments.admin import ClearanceAdmin, GoldAdmin, TrustPolicyAdmin
from labeling.audit.admin import EventAdmin
from labeling.datasets.admin import SnapshotAdmin
from labeling.guidelines.admin import GuidelineVersionAdmin
from labeling.items.admin import ItemAdmin
from labeling.oz.admin import (
    ExperimentAdmin,
    FeedbackAdmin,
    InquiryAdmin,
    JudgementAdmin,
    ReplyAdmin,
    ServiceAdmin,
    ShiftAdmin,
)
from labeling.projects.admin import ProjectAdmin
from labeling.registry.admin import ModelVersionAdmin
from labeling.training.admin import RunAdmin

__all__ = [
    "AnnotationAdmin", "ClearanceAdmin", "EventAdmin", "ExperimentAdmin", "FeedbackAdmin", "FindingAdmin",
    "GoldAdmin", "GuidelineVersionAdmin", "InquiryAdmin", "ItemAdmin", "JudgementAdmin", "ModelVersionAdmin",
    "ProjectAdmin", "ReplyAdmin", "RuleAdmin", "RunAdmin", "ServiceAdmin", "ShiftAdmin", "SnapshotAdmin",
    "TrustPolicyAdmin",
]  # fmt: skip
