"""The page on which somebody has their own uploads erased."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from labeling.items import actions
from labeling.items.models import Item, ItemState
from labeling.projects.reads import ever_member
from labeling.projects.sign_in import signed_in


@login_required
def erase(request: HttpRequest, slug: str) -> HttpResponse:
    """What would be erased; POST erases it. Also for people who are no longer members."""
    member = ever_member(signed_in(request), slug)
    if request.method == "POST":
        done = actions.erase_uploads(actor=signed_in(request), project=member.project, user=signed_in(request))
        said = ngettext("Erased %(count)d item.", "Erased %(count)d items.", done.items) % {"count": done.items}
        messages.success(request, said)
        return redirect("me")
    mine = Item.objects.filter(project=member.project, uploaded_by=signed_in(request))
    count = mine.exclude(state=ItemState.ERASED).count()
    return render(request, "items/erase.html", {"of": member.project, "count": count})
