"""What every room builds on: errors, named results, checks, intervals, lines, periods, groups, places. Imports nothing of ours."""
