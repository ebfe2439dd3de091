"""Bad files, five or more for each connector, with the exact messages a submitter gets. `cases` reads and runs them."""
