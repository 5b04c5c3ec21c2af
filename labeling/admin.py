"""Index of the admin: each room's part."""

from labeling.annotations.admin import AnnotationAdmin, FindingAdmin, RuleAdmin
from labeling.assignments.admin import ClearanceAdmin, GoldAdmin, TrustPolicyAdmin
from labeling.audit.admin import EventAdmin
from labeling.datasets.admin import SnapshotAdmin
from labeling.guidelines.admin import DraftAdmin, ExampleAdmin, GuidelineVersionAdmin
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
from labeling.reports.admin import AttributeAdmin, FlagAdmin, ThreadAdmin
from labeling.training.admin import RunAdmin

__all__ = [
    "AnnotationAdmin", "AttributeAdmin", "ClearanceAdmin", "DraftAdmin", "EventAdmin", "ExampleAdmin",
    "ExperimentAdmin", "FeedbackAdmin", "FindingAdmin", "FlagAdmin", "GoldAdmin", "GuidelineVersionAdmin",
    "InquiryAdmin", "ItemAdmin", "JudgementAdmin", "ModelVersionAdmin", "ProjectAdmin", "ReplyAdmin", "RuleAdmin",
    "RunAdmin", "ServiceAdmin", "ShiftAdmin", "SnapshotAdmin", "ThreadAdmin", "TrustPolicyAdmin",
]  # fmt: skip
