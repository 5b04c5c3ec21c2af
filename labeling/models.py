"""Index of tables: each room's models, left to right."""

from labeling.annotations.models import Annotation, Finding, Retraction, Rule, Skip
from labeling.assignments.models import Clearance, Gold, Lease, QueueEntry, TrustPolicy, Viewing
from labeling.audit.models import Event
from labeling.consensus.models import Consensus, Crew, EarlyAudit, EarlyLabel, EarlyPolicy, Fit, Renewal
from labeling.datasets.models import Snapshot
from labeling.embeddings.models import Embedding
from labeling.figures.models import KeptFigure
from labeling.guidelines.models import Draft, Example, GuidelineVersion
from labeling.items.models import Blob, Erasure, Item, SupposedLabel, Upload, UploadedFile
from labeling.oz.models import (
    Experiment,
    Feedback,
    Handover,
    Input,
    Inquiry,
    Judgement,
    Precedent,
    Reply,
    Seat,
    Service,
    Shift,
    Showing,
    Variant,
)
from labeling.projects.models import Invitation, Label, Member, Project
from labeling.registry.models import ModelVersion
from labeling.reports.models import Attribute, Declaration, Flag, Notice, PanelAnswer, PanelItem, Thread
from labeling.suggestions.models import Suggestion
from labeling.training.models import RetrainPolicy, Run

__all__ = [
    "Annotation", "Attribute", "Blob", "Clearance", "Consensus", "Crew", "Declaration", "Draft", "EarlyAudit",
    "EarlyLabel", "EarlyPolicy", "Embedding", "Erasure", "Event", "Example", "Experiment", "Feedback", "Finding",
    "Fit", "Flag", "Gold", "GuidelineVersion", "Handover", "Input", "Inquiry", "Invitation", "Item", "Judgement",
    "KeptFigure", "Label", "Lease", "Member", "ModelVersion", "Notice", "PanelAnswer", "PanelItem", "Precedent",
    "Project", "QueueEntry", "Renewal", "Reply", "Retraction", "RetrainPolicy", "Rule", "Run", "Seat", "Service",
    "Shift", "Showing", "Skip", "Snapshot", "Suggestion", "SupposedLabel", "Thread", "TrustPolicy", "Upload",
    "UploadedFile", "Variant", "Viewing",
]  # fmt: skip
