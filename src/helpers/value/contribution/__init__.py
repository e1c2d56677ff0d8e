"""What customers contributed, and what a steady contribution is worth."""
