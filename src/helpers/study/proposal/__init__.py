"""From a client's files to a study file: what they hold, what is guessed of it, and the evidence for every guess."""
