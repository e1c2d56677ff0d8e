"""Lifetime value: purchase histories, purchase and spend models, contracts, intervals, states."""
