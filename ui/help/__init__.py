"""The guide inside the program, the tour, the log and what there is to say about the program."""
