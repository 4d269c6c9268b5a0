"""Figures: display classes (arrays in, `plot()` draws and returns self) in one style, saved with their data.

Examples
--------
>>> ls.plot.COLUMN_WIDTH, ls.plot.DOUBLE_WIDTH  # inches
(3.25, 6.75)
>>> ls.plot.VENUES["icml"].half  # inches, a column
3.25
>>> ls.plot.STYLE["pdf.fonttype"]  # TrueType, which venues ask for
42
"""

from landscape.plot._style import STYLE, MethodStyle, method_style
from landscape.plot.by_method import ByMethodDisplay
from landscape.plot.correlation_matrix import AgreementDisplay
from landscape.plot.eigenvalue_counts import EigenvalueCountDisplay
from landscape.plot.line import LineDisplay
from landscape.plot.line_comparison import LineComparisonDisplay
from landscape.plot.metric_vs_time import TimedDisplay
from landscape.plot.paired import PairedDisplay
from landscape.plot.panels import PanelsDisplay
from landscape.plot.plane import PlaneDisplay
from landscape.plot.save import save_figure
from landscape.plot.sharpness_vs_loss import TrajectoryScatterDisplay
from landscape.plot.sharpness_vs_performance import CorrelationDisplay
from landscape.plot.spectrum import SpectrumDisplay
from landscape.plot.stability import StabilityDisplay
from landscape.plot.step_cost import CostDisplay
from landscape.plot.sweep import SweepDisplay
from landscape.plot.traces import StackedTraceDisplay, TraceDisplay
from landscape.plot.trajectories import TrajectoriesDisplay
from landscape.plot.venues import COLUMN_WIDTH, DOUBLE_WIDTH, VENUES, Venue, style, styled

__all__ = [
    "COLUMN_WIDTH",
    "DOUBLE_WIDTH",
    "STYLE",
    "VENUES",
    "AgreementDisplay",
    "ByMethodDisplay",
    "CorrelationDisplay",
    "CostDisplay",
    "EigenvalueCountDisplay",
    "LineComparisonDisplay",
    "LineDisplay",
    "MethodStyle",
    "PairedDisplay",
    "PanelsDisplay",
    "PlaneDisplay",
    "SpectrumDisplay",
    "StabilityDisplay",
    "StackedTraceDisplay",
    "SweepDisplay",
    "TimedDisplay",
    "TraceDisplay",
    "TrajectoriesDisplay",
    "TrajectoryScatterDisplay",
    "Venue",
    "method_style",
    "save_figure",
    "style",
    "styled",
]
