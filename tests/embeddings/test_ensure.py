"""Features: once for each file, batch by batch, read back exactly."""

import numpy as np
import pytest
from django.contrib.auth.models import User

from labeling.embeddings import actions
from labeling.embeddings.actions import ensure
from labeling.embeddings.models import Embedding
from labeling.embeddings.reads import vectors
from labeling.items.models import Item
from labeling.items.storage import blob_key, read, remove
from ml.data import decode_image
from ml.features import BACKBONE, picture_features
from tests.training.material import pictured_project


def test_each_file_is_computed_once_and_read_back_exactly(alice: User) -> None:
    project = pictured_project(alice, 5)
    assert ensure(project=project) == 5
    assert ensure(project=project) == 0
    blobs = list(Item.objects.filter(project=project).order_by("pk").values_list("blob_id", flat=True))
    present, found = vectors(blobs, BACKBONE)
    direct = picture_features([decode_image(read(blob_key(blob))) for blob in blobs])
    assert present == blobs
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, direct, rtol=1e-4, atol=1e-5)


def test_what_was_computed_before_a_stop_is_kept(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    project = pictured_project(alice, 5)
    monkeypatch.setattr(actions, "BATCH", 2)

    class Stop(Exception):
        pass

    def stop_after_two(done: int, total: int) -> None:
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        ensure(project=project, on_progress=stop_after_two)
    assert Embedding.objects.count() == 2
    assert ensure(project=project) == 3


def test_a_file_that_is_gone_is_left_out_and_the_rest_goes_on(alice: User) -> None:
    project = pictured_project(alice, 3)
    gone = Item.objects.filter(project=project).order_by("pk")[1].blob_id
    remove(blob_key(gone))
    assert ensure(project=project) == 2
    present, found = vectors([gone, "0" * 64], BACKBONE)
    assert present == []
    assert len(found) == 0


def test_a_second_process_with_an_old_list_keeps_each_vector_once(alice: User) -> None:
    project = pictured_project(alice, 4)
    ensure(project=project, limit=2)
    stale = list(Item.objects.filter(project=project).order_by("blob_id").values_list("blob_id", flat=True))
    assert actions._embed(project.medium, BACKBONE, stale) == 4
    assert Embedding.objects.count() == 4
