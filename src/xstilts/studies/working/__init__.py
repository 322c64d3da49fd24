"""Doing it: one worker, several, or a cluster walk a plan and do its steps."""
