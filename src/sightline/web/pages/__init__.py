"""The pages, one file for each group: what a page needs from the release, and nothing it could compute itself."""
