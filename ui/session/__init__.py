"""What is on the screen, kept in a file while a person works, and brought back at the next start."""
