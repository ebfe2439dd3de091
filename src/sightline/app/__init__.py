"""Use cases, one file each: permission and state, then the stages joined, then the ledger.

Pages and commands call these and nothing below.
"""
