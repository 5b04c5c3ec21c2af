"""Snapshots over HTTP, to be read."""

from typing import cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework.generics import ListAPIView
from rest_framework.serializers import ModelSerializer

from labeling.datasets.models import Snapshot
from labeling.projects.models import Role
from labeling.projects.reads import project_for


class SnapshotOut(ModelSerializer[Snapshot]):
    """A frozen state of the labels."""

    class Meta:
        model = Snapshot
        fields = ["number", "content_hash", "counts", "created_at"]


class SnapshotsView(ListAPIView[Snapshot]):
    """The project's snapshots, newest first."""

    serializer_class = SnapshotOut
    queryset = Snapshot.objects.none()

    def get_queryset(self) -> QuerySet[Snapshot]:
        """For owners and experts."""
        project = project_for(cast(User, self.request.user), self.kwargs["slug"], Role.EXPERT)
        return Snapshot.objects.filter(project=project).order_by("-number")
