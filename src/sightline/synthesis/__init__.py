"""An invented partnership: one truth simulated first, then each agency's files as that agency would make them.

Synthesis shares nothing with the readers, so that what is read back is a test of them and not of itself.
"""

from __future__ import annotations

from sightline.synthesis.partnership import SynthesisSummary, synthesise

__all__ = ["SynthesisSummary", "synthesise"]
