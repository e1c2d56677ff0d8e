"""From a plan to a report folder: kernels, working folder, receipt."""
