"""The suite: what a notebook opens with, the runner, and the report made from a run.

Import from the modules themselves: a notebook needs only `helpers.suite.notebook`, and must not pay for the runner.
"""
