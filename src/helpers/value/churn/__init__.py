"""Who of those under contract or in touch will leave: models, thresholds, alarms."""
