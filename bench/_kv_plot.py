"""The table of times as a picture: ratios to full recomputation, by edit, a panel for each length."""

from collections.abc import Mapping
from pathlib import Path

from _kv_cases import EDITS


def plot(ratios: Mapping[int, Mapping[str, Mapping[str, float]]], base: str, path: Path) -> None:
    """Of each length the methods, and of each its ratio by edit. `path` says by its suffix in which format."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5 * len(ratios), 4.5), layout="constrained")
    panels = figure.subplots(1, len(ratios), sharey=True, squeeze=False)[0]
    for panel, (length, methods) in zip(panels, ratios.items(), strict=True):
        for number, (name, by_edit) in enumerate(methods.items()):
            edits = [edit for edit in EDITS if edit in by_edit]
            places = [list(EDITS).index(edit) + 0.08 * (number - len(methods) / 2) for edit in edits]
            panel.plot(places, [by_edit[edit] for edit in edits], "o", label=name)
        panel.set(title=f"{length:,} tokens", yscale="log", xticks=range(len(EDITS)))
        panel.set_xlim(-0.6, len(EDITS) - 0.4)
        panel.set_xticklabels(EDITS, rotation=35, ha="right")
        panel.grid(axis="y", alpha=0.3)
    panels[0].set_ylabel(f"time to first token, {base} = 1")
    panels[-1].legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path)
