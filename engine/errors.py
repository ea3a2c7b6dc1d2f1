"""Errors that a person can act on."""


class UserError(Exception):
    """Bad input or a bad environment: one line that says what is wrong and what to do about it.

    The command line prints it and exits with 2; the window shows it as a message. Anything else that
    is raised is a defect of the program.
    """
