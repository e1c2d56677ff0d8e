"""A study: its file, its sources, its standard tables, and what is odd in them."""
