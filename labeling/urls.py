"""Addresses: each room's pages at /, its API at /api/v1/."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from labeling.api_docs import api_docs
from labeling.consensus import urls as consensus
from labeling.datasets import urls as datasets
from labeling.exports import urls as exports
from labeling.figures import urls as figures
from labeling.guidelines import urls as guidelines
from labeling.items import urls as items
from labeling.oz import urls as oz
from labeling.projects import urls as projects
from labeling.registry import urls as registry
from labeling.reports import urls as reports
from labeling.studio import urls as studio
from labeling.training import urls as training
from labeling.work import urls as work

# One line a room, in the order of rooms.ROOMS.
page_patterns: list[URLPattern | URLResolver] = [
    *projects.page_patterns,
    *figures.page_patterns,
    *items.page_patterns,
    *guidelines.page_patterns,
    *registry.page_patterns,
    *work.page_patterns,
    *reports.page_patterns,
    *datasets.page_patterns,
    *training.page_patterns,
    *oz.page_patterns,
    *studio.page_patterns,
    *exports.page_patterns,
]
api_patterns: list[URLPattern | URLResolver] = [
    *projects.api_patterns,
    *figures.api_patterns,
    *items.api_patterns,
    *guidelines.api_patterns,
    *registry.api_patterns,
    *consensus.api_patterns,
    *work.api_patterns,
    *reports.api_patterns,
    *datasets.api_patterns,
    *training.api_patterns,
    *oz.api_patterns,
    *studio.api_patterns,
    *exports.api_patterns,
]

handler400 = "labeling.problem_pages.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(page_patterns)),
    path("api/v1/", include(api_patterns)),
    path("api/", api_docs, name="api-docs"),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("admin/", admin.site.urls),
]
