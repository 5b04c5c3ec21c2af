"""The worker's part: uploads handed over, thumbnails and peaks; each asks what is ripe and is safe to run twice."""

from celery import shared_task

from labeling.items import actions

RESEND_SECONDS = 2.0
EXPIRES_SECONDS = 10


@shared_task(ignore_result=True)
def tend_uploads() -> int:
    """Hand over what waits or lost its worker, close what was left behind; how many uploads that concerned."""
    ripe = actions.ripe_uploads()
    for upload_id in ripe:
        process_upload.apply_async([upload_id], expires=EXPIRES_SECONDS)
    return len(ripe) + actions.close_abandoned()


@shared_task(ignore_result=True)
def process_upload(upload_id: int) -> None:
    """Bring in one upload; nothing happens where another worker has it."""
    actions.process_upload(upload_id=upload_id)


@shared_task(ignore_result=True)
def derive_waiting() -> int:
    """Make the thumbnails and peaks that are missing."""
    return actions.derive_one_at_a_time()
