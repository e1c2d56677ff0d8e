"""Exercises of the chapters: what a student's answer is, and how it is scored."""
