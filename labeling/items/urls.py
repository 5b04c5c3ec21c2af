"""Addresses of uploads, items and their media."""

from django.urls import URLPattern, URLResolver, path

from labeling.items import api, erase_page, media_api, pages

page_patterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/items", pages.items, name="items"),
    path("p/<slug:slug>/items/<int:item_id>", pages.item, name="items-item"),
    path("p/<slug:slug>/items/<int:item_id>/set-aside", pages.set_aside, name="items-set-aside"),
    path("p/<slug:slug>/erase", erase_page.erase, name="erase"),
    path("p/<slug:slug>/uploads", pages.upload, name="items-upload"),
    path("p/<slug:slug>/uploads/<int:upload_id>", pages.upload_files, name="items-upload-files"),
    path("p/<slug:slug>/uploads/<int:upload_id>/resume", pages.resume, name="items-upload-resume"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/uploads", api.UploadsView.as_view(), name="api-uploads"),
    path("projects/<slug:slug>/uploads/zip", api.ZipView.as_view()),
    path("projects/<slug:slug>/uploads/<int:upload_id>/pieces", api.PiecesView.as_view()),
    path("projects/<slug:slug>/uploads/<int:upload_id>", api.UploadView.as_view()),
    path("projects/<slug:slug>/uploads/<int:upload_id>/files", api.UploadFilesView.as_view()),
    path("projects/<slug:slug>/uploads/<int:upload_id>/finish", api.FinishView.as_view()),
    path("projects/<slug:slug>/uploads/<int:upload_id>/resume", api.ResumeView.as_view()),
    path("projects/<slug:slug>/items", api.ItemsView.as_view()),
    path("projects/<slug:slug>/items/exclude", api.ExcludeView.as_view()),
    path("projects/<slug:slug>/items/include", api.IncludeView.as_view()),
    path("projects/<slug:slug>/items/<int:item_id>", api.ItemView.as_view()),
    path("projects/<slug:slug>/items/<int:item_id>/media", media_api.MediaView.as_view(), name="api-media"),
    path("projects/<slug:slug>/items/<int:item_id>/original", media_api.OriginalView.as_view(), name="api-original"),
    path("projects/<slug:slug>/items/<int:item_id>/thumb", media_api.ThumbView.as_view(), name="api-thumb"),
    path("projects/<slug:slug>/items/<int:item_id>/peaks", media_api.PeaksView.as_view(), name="api-peaks"),
    path("projects/<slug:slug>/erase", api.EraseView.as_view()),
]
