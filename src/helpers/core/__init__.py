"""What every room builds on: errors, results, checks, intervals, lines, periods, groups, places."""
