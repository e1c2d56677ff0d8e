"""Fitting by maximum likelihood, and what a fit says of itself."""
