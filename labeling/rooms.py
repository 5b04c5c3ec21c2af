"""The rooms, in the order in which they may look: each knows only those before it."""

ROOMS = (
    "audit", "projects", "figures", "items", "embeddings", "checks", "guidelines", "registry", "suggestions",
    "assignments", "annotations", "consensus", "work", "reports", "datasets", "training", "selection", "oz", "studio",
    "exports", "replay",
)  # fmt: skip
