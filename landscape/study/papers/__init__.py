"""Named studies: the experiments of papers, each of which ends in the paper's tables and figures next to its values."""

from landscape.study.papers.run import PaperDryRun, PaperStudy, run_paper

__all__ = ["PaperDryRun", "PaperStudy", "run_paper"]
