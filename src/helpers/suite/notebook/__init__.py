"""What a notebook opens with: its study, its parameters, the book it writes in."""
