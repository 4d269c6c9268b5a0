# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Figures for a paper
#
# Sizes and fonts of a venue, LaTeX, your own restyling, panels, tables. Nothing here trains or measures: figures are
# drawn from what a study has stored, here the committed one on digits, so that a change of colour does not cost a
# night.
#
# Three rules the displays keep: arrays come in and axes go out; matplotlib's global settings are never touched; and the
# same data give the same bytes.

# %%
import shutil
import tempfile
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from PIL import Image

import landscape as ls
from landscape.plot import styled

study = ls.Study.open("../figures/digits")
out = Path(tempfile.mkdtemp())
before = dict(matplotlib.rcParams)
study

# %% [markdown]
# ## 1. The size and the fonts of the venue
#
# A figure that LaTeX scales has the wrong font size. So draw it at the size at which it is printed, and include it
# unscaled. Inside `styled(venue=...)`, displays make figures of the venue's width in its fonts.

# %%
for name, venue in ls.plot.VENUES.items():
    print(f"{name:8s} column {venue.half:5.2f} in, text {venue.full:5.2f} in   ({venue.source.split(':')[0]})")

# %%
with styled(venue="icml"):
    column = ls.plot.TrajectoryScatterDisplay.from_study(study).plot()
print("inches:", column.figure_.get_size_inches().round(2))
column

# %% [markdown]
# The same display across the text of another venue:

# %%
with styled(venue="neurips", width="full"):
    wide = ls.plot.StackedTraceDisplay.from_study(study, ("gradient_norm", "lr")).plot()
print("inches:", wide.figure_.get_size_inches().round(2))
wide

# %% [markdown]
# ## 2. Files
#
# One call writes PDF (vector, TrueType fonts, which venues ask for: Type 3 fonts are refused by some), SVG, PNG at 300
# dpi, and the data with them as netCDF, with caption and provenance. Drawn twice from the same data, the files are
# the same to the byte, so version control shows a changed figure only if it changed.


# %%
def draw_and_save(folder):
    with styled(venue="icml"):
        display = ls.plot.TrajectoryScatterDisplay.from_study(study).plot()
    data = study.tree["curvature"].to_dataset()[["loss", "eigenvalue", "converged"]]
    caption = "Sharpness against training loss."
    return ls.plot.save_figure(display.figure_, out / folder / "sharpness", data, caption=caption)


first, second = draw_and_save("first"), draw_and_save("second")
for path in first.values():
    print(f"{path.name:14s} {path.stat().st_size / 1024:6.0f} KiB")
same = all(first[suffix].read_bytes() == second[suffix].read_bytes() for suffix in ("pdf", "svg", "png"))
pdf = first["pdf"].read_bytes()
print("the same bytes twice:", same)
print("TrueType fonts:", b"/FontFile2" in pdf, " Type 3 fonts:", b"/Type3" in pdf)

# %% [markdown]
# ## 3. LaTeX
#
# `formats=("pgf",)` writes text that LaTeX sets in the fonts of the document: `\input{sharpness.pgf}`. Drawing it needs
# LaTeX on this machine, to measure the text; where there is none, the error says so before anything is written. The PDF
# does not need LaTeX, and `styled(venue=...)` gives it a Times-like font that goes with the venue's text.

# %%
if any(map(shutil.which, ("xelatex", "lualatex", "pdflatex"))):
    pgf = ls.plot.save_figure(column.figure_, out / "sharpness", formats=("pgf",))["pgf"]
    print(*pgf.read_text().splitlines()[2:4], sep="\n")
else:
    try:
        ls.plot.save_figure(column.figure_, out / "sharpness", formats=("pgf",))
    except ValueError as error:
        print(error)

# %% [markdown]
# ## 4. Restyle
#
# Every artist is an attribute, its name ending in an underscore, and is plain matplotlib. Here: one method in front,
# the others grey, other limits, a note.

# %%
with styled(venue="icml"):
    mine = ls.plot.TrajectoryScatterDisplay.from_study(study).plot()
    for method, line in mine.medians_.items():
        if method != "zenith":
            line.set(color="0.6", linewidth=1.0)
            mine.ends_[method].set(color="0.6")
        for thin in mine.lines_[method]:
            thin.set_visible(method == "zenith")
    mine.ax_.set_xlim(right=1.0)
    where = {"xytext": (0.5, 0.95), "xycoords": "axes fraction", "va": "center"}
    mine.ax_.annotate("training", (0.15, 0.95), **where, arrowprops={"arrowstyle": "->", "color": "0.3"})
mine

# %% [markdown]
# (The legend was drawn before, and keeps the old colours: pass `legend=False` to `plot` and write your own where that
# matters.)
#
# ## 5. Panels
#
# Give any display an axes of your own; `style` gives the rcParams for what you add to it. matplotlib looks fonts
# up when it draws, so save your own figure inside the `with` block (the displays' own figures remember their venue).


# %%
def half(path):
    """A picture at half its 300 dots per inch, for this page."""
    picture = Image.open(path)
    return picture.resize((picture.width // 2, picture.height // 2))


with plt.rc_context(ls.plot.style("icml", width="full")), styled(venue="icml", width="full"):
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.75, 2.6), layout="constrained")
    traces = ls.plot.TraceDisplay.from_study(study, "train_loss").plot(left, legend=False)
    ls.plot.LineComparisonDisplay.from_study(study, "eigenvector").plot(right, legend=False)
    for letter, ax in zip("ab", (left, right), strict=True):
        ax.set_title(f"({letter})", loc="left", fontweight="bold")
    figure.legend(handles=traces.handles(), loc="outside upper center", ncols=6)
    panels = ls.plot.save_figure(figure, out / "panels", formats=("png", "pdf"))
    plt.close(figure)
half(panels["png"])

# %% [markdown]
# ## 6. Will it be legible?
#
# Papers are printed in grey, and one reader in twenty confuses colours. Lines here differ in dash and marker as well as
# in lightness. Look at your figure the way they do before you send it:

# %%
half(first["png"]).convert("L")

# %% [markdown]
# ## 7. Tables
#
# The tables of a report exist as CSV at full precision and as LaTeX with booktabs, next to the figures.

# %%
table = Path("../figures/digits/tables/comparisons.tex").read_text().splitlines()
print(*(line[:100] for line in table[:12]), "...", sep="\n")

# %% [markdown]
# **What would mislead:** a figure without the number of seeds and what the band is (the legends say both; keep them, or
# say it in the caption); a log axis that hides the difference in question, or a linear one that makes it; a plane
# without the share of variance it holds; cropped axes in a comparison. None of that is checked for you.

# %%
print("matplotlib's own settings were left alone:", before == dict(matplotlib.rcParams))
