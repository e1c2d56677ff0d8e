"""What is odd in a study's tables without spoiling them: one module per kind, all with counts and money."""
