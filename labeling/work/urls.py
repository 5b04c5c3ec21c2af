"""Addresses of the labeling page and its API."""

from django.urls import URLPattern, path

from labeling.work import (
    api,
    gold_api,
    gold_pages,
    pages,
    publishing_api,
    publishing_pages,
    review_api,
    rules_api,
    rules_pages,
)

page_patterns: list[URLPattern] = [
    path("p/<slug:slug>/label", pages.label, name="label"),
    path("p/<slug:slug>/guideline/publish", publishing_pages.publish, name="guideline-publish"),
    path("p/<slug:slug>/guideline/agreement", publishing_pages.agreement, name="guideline-agreement"),
    path("p/<slug:slug>/guideline/<int:number>/withdraw", publishing_pages.withdraw, name="guideline-withdraw"),
    path("p/<slug:slug>/review", pages.review, name="review"),
    path("p/<slug:slug>/gold", gold_pages.gold, name="gold"),
    path("p/<slug:slug>/gold/draw", gold_pages.draw, name="gold-draw"),
    path("p/<slug:slug>/gold/add", gold_pages.add, name="gold-add"),
    path("p/<slug:slug>/gold/<int:gold_id>/retire", gold_pages.retire, name="gold-retire"),
    path("p/<slug:slug>/rules", rules_pages.rules, name="rules"),
    path("p/<slug:slug>/rules/change", rules_pages.change, name="rules-change"),
    path("p/<slug:slug>/rules/remove", rules_pages.remove, name="rules-remove"),
    path("p/<slug:slug>/rules/people/<int:user_id>", rules_pages.stand, name="rules-stand"),
]

api_patterns = [
    path("projects/<slug:slug>/leases/<int:lease_id>/likenesses", api.LikenessesView.as_view()),
    path("projects/<slug:slug>/work", api.WorkView.as_view()),
    path("projects/<slug:slug>/claim", api.ClaimView.as_view()),
    path("projects/<slug:slug>/submit", api.SubmitView.as_view()),
    path("projects/<slug:slug>/undo", api.UndoView.as_view()),
    path("projects/<slug:slug>/skip", api.SkipView.as_view()),
    path("projects/<slug:slug>/release", api.ReleaseView.as_view()),
    path("projects/<slug:slug>/heartbeat", api.HeartbeatView.as_view()),
    path("projects/<slug:slug>/guideline/agreement", publishing_api.AgreementView.as_view()),
    path("projects/<slug:slug>/guideline/cost", publishing_api.CostView.as_view()),
    path("projects/<slug:slug>/guideline/publish", publishing_api.PublishView.as_view()),
    path("projects/<slug:slug>/guideline/<int:number>/withdraw", publishing_api.WithdrawView.as_view()),
    path("projects/<slug:slug>/review", review_api.ReviewView.as_view()),
    path("projects/<slug:slug>/rules", rules_api.RulesView.as_view()),
    path("projects/<slug:slug>/rules/<str:measure>/<str:act>", rules_api.RuleView.as_view()),
    path("projects/<slug:slug>/trust", rules_api.TrustView.as_view()),
    path("projects/<slug:slug>/standings", rules_api.StandingsView.as_view()),
    path("projects/<slug:slug>/standings/<int:user_id>", rules_api.StandView.as_view()),
    path("projects/<slug:slug>/gold", gold_api.GoldsView.as_view()),
    path("projects/<slug:slug>/gold/draw", gold_api.DrawView.as_view()),
    path("projects/<slug:slug>/gold/<int:gold_id>", gold_api.GoldView.as_view()),
]
