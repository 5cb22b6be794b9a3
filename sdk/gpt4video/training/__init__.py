"""Training: the resumable loop that every recipe shares, and the paper's two stages."""
