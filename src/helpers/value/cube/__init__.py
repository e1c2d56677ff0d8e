"""The value cube: current value, potential and loyalty, and a budget by its cells."""
