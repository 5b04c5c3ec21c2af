"""Which model speaks for a project."""

from labeling.errors import NotFound
from labeling.projects.models import Project
from labeling.registry.models import ModelState, ModelVersion


def promoted(project: Project) -> ModelVersion | None:
    """The model version whose suggestions are shown, if any."""
    return ModelVersion.objects.filter(project=project, state=ModelState.PROMOTED).first()


def previous(project: Project) -> ModelVersion | None:
    """The version that was promoted before the present one."""
    versions = ModelVersion.objects.filter(project=project, state=ModelState.RETIRED)
    current = promoted(project)
    if current is not None:
        versions = versions.filter(promoted_at__lt=current.promoted_at)
    return versions.order_by("-promoted_at").first()


def version_for(project: Project, number: int) -> ModelVersion:
    """One of the project's models by its number."""
    version = ModelVersion.objects.filter(project=project, number=number).first()
    if version is None:
        raise NotFound("no such model", field="model")
    return version
