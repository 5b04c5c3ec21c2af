"""From people's answers to a label with a stated probability; one algorithm a file."""
