"""The page Rank: search the documents of a workspace, and see why the ranking is as it is."""
