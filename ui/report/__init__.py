"""The tray of a report: what is to stand in it, saving it, and verifying one."""
