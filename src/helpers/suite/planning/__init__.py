"""From a study and parameters to a plan: what is run, what is left out and why, before anything starts."""
