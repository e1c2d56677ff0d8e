"""Interaction: what to speak about with which customer, products that go together and what to buy next."""
