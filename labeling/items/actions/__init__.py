"""The only writers of files, items, uploads and erasures."""

from labeling.items.actions.adding import add_file, add_files
from labeling.items.actions.deriving import derive_waiting
from labeling.items.actions.erasing import erase_uploads
from labeling.items.actions.excluding import exclude, include
from labeling.items.actions.processing import process_upload, requeue_stale
from labeling.items.actions.recording import Candidate, FileOutcome
from labeling.items.actions.uploads import finish_upload, receive_archive, resume_upload, start_upload

__all__ = [
    "Candidate", "FileOutcome", "add_file", "add_files", "derive_waiting", "erase_uploads", "exclude", "finish_upload",
    "include", "process_upload", "receive_archive", "requeue_stale", "resume_upload", "start_upload",
]  # fmt: skip
