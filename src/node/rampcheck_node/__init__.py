"""The part of rampcheck that runs on every node of a run: the agent, and what a batch job adds to it.

Standard library only, Python 3.9 and later, Linux.
"""
