"""The only writers of files, items, uploads and erasures."""

from labeling.items.actions.adding import add_file, add_files
from labeling.items.actions.deriving import derive_one_at_a_time, derive_waiting
from labeling.items.actions.erasing import erase_uploads
from labeling.items.actions.excluding import exclude, include
from labeling.items.actions.keeping import adopt, keep_file
from labeling.items.actions.pieces import receive_piece, start_zip
from labeling.items.actions.processing import process_upload, ripe_uploads
from labeling.items.actions.recording import Candidate, FileOutcome
from labeling.items.actions.uploads import (
    close_abandoned,
    count_hidden,
    finish_upload,
    manifest_of,
    receive_archive,
    receive_manifest,
    resume_upload,
    start_upload,
)

__all__ = [
    "Candidate", "FileOutcome", "add_file", "add_files", "adopt", "close_abandoned", "count_hidden",
    "derive_one_at_a_time", "derive_waiting", "erase_uploads", "exclude", "finish_upload", "include", "keep_file",
    "manifest_of", "process_upload", "receive_archive", "receive_manifest", "receive_piece", "resume_upload",
    "ripe_uploads", "start_upload", "start_zip",
]  # fmt: skip
