"""Forecasts held against what then happened, and against naive baselines."""
