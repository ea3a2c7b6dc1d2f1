"""Errors that the program did not expect: said in plain words, with a report that a person may keep."""
