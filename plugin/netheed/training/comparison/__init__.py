"""The comparison: every method on the same windows and splits, cell by cell.

plan ──> desk ──> work ──> result      one cell each, by several processes (evaluate)
           └────> kept                 under the digest of what made it
"""
